#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace syncline::generate {

struct City {
  std::string_view name;
  int32_t latitude;   ///< 1/10000 degree
  int32_t longitude;  ///< 1/10000 degree
};

struct Country {
  std::string_view code;
  std::string_view name;
  std::string_view currency;
  uint16_t calling_code;
  uint16_t vat_percent_100;  ///< 1/100 percent
  bool is_eu;
  uint32_t population_thousands;
  uint32_t gdp_per_head;
  uint32_t euro_rate_10000;  ///< units of the currency for one euro, times 10000
  City cities[3];
};

struct Category {
  std::string_view name;
  std::string_view slug;
  uint8_t parent;  ///< number of the parent, 1-based; 0: top level
  /// Product nouns; none: a top-level category without products of its own.
  std::span<const std::string_view> nouns;
};

/// The words that the shop is made of. All of them valid UTF-8; customers come from the first
/// countries most often.
std::span<const Country> countries();
std::span<const Category> categories();
std::span<const std::string_view> first_names();
std::span<const std::string_view> last_names();
std::span<const std::string_view> streets();
std::span<const std::string_view> adjectives();
std::span<const std::string_view> materials();
std::span<const std::string_view> colours();
std::span<const std::string_view> notes();
std::span<const std::string_view> mail_domains();

}  // namespace syncline::generate
