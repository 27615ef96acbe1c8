#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace syncline {

/// A value that cannot be passed where another one of the same representation is meant. `Tag` makes
/// the type.
template <typename Tag, typename T>
struct Strong {
  T value{};

  Strong() = default;
  explicit Strong(T v) : value(std::move(v)) {}
  auto operator<=>(const Strong&) const = default;
  bool operator==(const Strong&) const = default;
};

}  // namespace syncline

template <typename Tag, typename T>
struct std::hash<syncline::Strong<Tag, T>> {
  size_t operator()(const syncline::Strong<Tag, T>& strong) const {
    return std::hash<T>()(strong.value);
  }
};
