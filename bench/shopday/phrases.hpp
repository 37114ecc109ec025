// What shoppers and agents of a cosmetics shop write, made up from a small stock of phrases of our own by a
// seed. Lengths follow real service sessions (numbers and source in phrases.cpp).
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace switchboard::shopday {

// How many utterances a session has: 5 to 30, mean 9.9.
int utterances(std::mt19937_64&);
// Whether the shopper speaks next; 52.4 % of all utterances are hers.
bool shopper_speaks(std::mt19937_64&);

// One utterance, 4 words on average.
std::string shopper_text(std::mt19937_64&);
// One utterance, 36 words on average: agents answer in whole paragraphs.
std::string agent_text(std::mt19937_64&);

// A Chinese text of about `octets` octets of UTF-8, cut at a whole character.
std::string text_of_octets(std::uint64_t seed, std::size_t octets);

}  // namespace switchboard::shopday
