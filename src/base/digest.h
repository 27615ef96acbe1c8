#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace syncline {

/// 128 bits of XXH3 over an injective canonical form. Not cryptographic: it finds accidents, not
/// attackers.
struct Digest {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Digest&) const = default;
};

Digest digest_of(std::string_view bytes);

/// 32 lower-case hexadecimal digits.
std::string to_string(const Digest& digest);

}  // namespace syncline
