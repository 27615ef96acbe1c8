#pragma once

namespace syncline::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace syncline::detail

/// Aborts in every build when an invariant of ours is broken: a bug, never bad input.
#define CHECK(condition) \
  ((condition) ? void(0) : ::syncline::detail::check_failed(#condition, __FILE__, __LINE__))
