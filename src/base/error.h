#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace syncline {

/// What the caller should do about an error.
enum class ErrorKind {
  kTransient,    ///< try again later: the other side is away or busy
  kTooOld,       ///< read again at a new view: the batch is past the age fence, or the view expired
  kInvalid,      ///< the user changes something: configuration, rights, a definition
  kUnsupported,  ///< the thing asked for does not exist here
  kNotFound,     ///< the named thing is absent
  kCorrupt,      ///< stop: what was read cannot be trusted
  kConflict,     ///< somebody else owns it, or a newer one took over
  kCancelled,    ///< the caller asked to stop
  kInternal,     ///< a bug of ours
};

std::string_view to_string(ErrorKind kind);

/// A failure: its kind, what happened to which thing, and how to mend it. A value; safe to copy
/// between threads.
class Error {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {})
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  bool is_transient() const { return kind_ == ErrorKind::kTransient; }

  /// The same error with "context: " put in front of its message.
  Error within(std::string_view context) const;

  /// One line for people: message, then "; hint" when there is one.
  std::string text() const;

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
};

inline Error transient(std::string message, std::string hint = {}) {
  return {ErrorKind::kTransient, std::move(message), std::move(hint)};
}
inline Error too_old(std::string message) { return {ErrorKind::kTooOld, std::move(message)}; }
inline Error invalid(std::string message, std::string hint = {}) {
  return {ErrorKind::kInvalid, std::move(message), std::move(hint)};
}
inline Error unsupported(std::string message, std::string hint = {}) {
  return {ErrorKind::kUnsupported, std::move(message), std::move(hint)};
}
inline Error not_found(std::string message, std::string hint = {}) {
  return {ErrorKind::kNotFound, std::move(message), std::move(hint)};
}
inline Error corrupt(std::string message, std::string hint = {}) {
  return {ErrorKind::kCorrupt, std::move(message), std::move(hint)};
}
inline Error conflict(std::string message, std::string hint = {}) {
  return {ErrorKind::kConflict, std::move(message), std::move(hint)};
}
inline Error cancelled(std::string message) { return {ErrorKind::kCancelled, std::move(message)}; }
inline Error internal(std::string message) { return {ErrorKind::kInternal, std::move(message)}; }

}  // namespace syncline
