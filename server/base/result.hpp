// What a call that may be refused returns: the value, or a reason. Refusals are ordinary values and never thrown;
// exceptions are left for what should not happen.
#pragma once

#include <utility>
#include <variant>

namespace switchboard {

// Holds either a T or a Reason. The reader asks `if (result)` before taking either side; asking for the side that is
// not there is a programming error (std::bad_variant_access).
template <class T, class Reason>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Reason reason) : state_(std::in_place_index<1>, std::move(reason)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }

  const Reason& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Reason> state_;
};

// The value of a call that has nothing to say but that it was done.
struct Done {
  friend bool operator==(Done, Done) = default;
};

}  // namespace switchboard
