#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace syncline {

/// A value or the Error that kept it from being made. Dropping one does not compile
/// (-Werror=unused-result).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> &&
           !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return CHECK(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return CHECK(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return CHECK(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return CHECK(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return CHECK(!ok()), *error_; }

 private:
  std::optional<Error> error_;
};

namespace detail {
template <typename T>
T take(Result<T>&& result) {
  return std::move(result).value();
}
inline void take(Result<void>&&) {}
}  // namespace detail

}  // namespace syncline

/// The value of a Result, or return its error from the enclosing function (a GNU statement
/// expression). Not inside a braced initializer: g++ leaks the members that are already built.
#define TRY(expression)                                                   \
  ({                                                                      \
    auto try_result_ = (expression);                                      \
    if (!try_result_.ok()) return ::syncline::Error(try_result_.error()); \
    ::syncline::detail::take(std::move(try_result_));                     \
  })
