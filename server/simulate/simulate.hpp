#pragma once

namespace switchboard::simulate {

// `switchboard simulate ...`: argv[0] is the word before the options. Results on stdout, progress and
// complaints on stderr. Returns 0 done, 1 failed (also if a decision was illegal), 2 wrong usage.
int simulate_main(int argc, char** argv);

}  // namespace switchboard::simulate
