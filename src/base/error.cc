#include "base/error.h"

namespace syncline {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kTooOld:
      return "too old";
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kNotFound:
      return "not found";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "unknown";
}

Error Error::within(std::string_view context) const {
  return {kind_, std::string(context) + ": " + message_, hint_};
}

std::string Error::text() const { return hint_.empty() ? message_ : message_ + "; " + hint_; }

}  // namespace syncline
