#pragma once

#include <cmath>
#include <cstdint>

namespace syncline::generate {

/// The output function of SplitMix64: spreads every bit of the input over the output.
constexpr uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The integer part of the square root of x < 2^60. IEEE 754 rounds sqrt exactly: the same on every
/// machine.
inline uint64_t root(uint64_t x) {
  return static_cast<uint64_t>(std::sqrt(static_cast<double>(x)));
}

/// SplitMix64. The same seeds give the same numbers on every machine: of floating point, only
/// root() is used. Not for secrets. One thread at a time.
class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(mixed(seed + kStep)) {}
  /// A sequence of its own for each thing: seed of the run, kind of thing, its number.
  constexpr Random(uint64_t seed, uint64_t kind, uint64_t number)
      : state_(mixed(mixed(mixed(seed + kStep) + kind + kStep) + number)) {}

  constexpr uint64_t next() { return mixed(state_ += kStep); }

  /// Uniform in [0, bound); bound at most 2^32.
  constexpr uint64_t below(uint64_t bound) { return ((next() >> 32) * bound) >> 32; }
  /// Uniform in [first, last].
  constexpr int64_t between(int64_t first, int64_t last) {
    return first + static_cast<int64_t>(below(static_cast<uint64_t>(last - first) + 1));
  }
  /// True in `percent` of 100.
  constexpr bool chance(unsigned percent) { return below(100) < percent; }

  /// In [0, bound), few values often and many rarely: P(x < k) = (k / bound)^(1/2). Zipf-like.
  constexpr uint64_t skewed(uint64_t bound) {
    const uint64_t u = next() >> 32;
    return ((u * u >> 32) * bound) >> 32;
  }

  /// The same, less so: P(x < k) = (k / bound)^(2/3).
  uint64_t mildly_skewed(uint64_t bound) {
    const uint64_t u = next() >> 34;                 // 30 bits of a fraction
    const uint64_t u_3_2 = u * root(u << 30) >> 30;  // u^(3/2), 30 bits
    return (u_3_2 * bound) >> 30;
  }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  uint64_t state_;
};

}  // namespace syncline::generate
