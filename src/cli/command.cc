#include "cli/command.h"

#include "base/log.h"
#include "cli/terminal.h"
#include "document/json.h"

namespace syncline::cli {

int fail(const Error& error, const Common& common) {
  if (common.is_json) {
    std::string out = "{\"error\":";
    document::append_json_string(error.message(), out);
    out += ",\"kind\":";
    document::append_json_string(to_string(error.kind()), out);
    out += ",\"hint\":";
    document::append_json_string(error.hint(), out);
    fmt::print("{}}}\n", out);
  } else {
    clear_live_line();
    const bool is_wanted = error.kind() == ErrorKind::kCancelled;
    fmt::print(stderr, "{}{}\n", is_wanted ? "" : paint("error:", Colour::kRed) + " ",
               error.text());
  }
  switch (error.kind()) {
    case ErrorKind::kInvalid:
    case ErrorKind::kUnsupported:
      return kUsage;
    case ErrorKind::kCancelled:
      return kInterrupted;
    case ErrorKind::kTransient:
    case ErrorKind::kTooOld:
    case ErrorKind::kNotFound:
    case ErrorKind::kCorrupt:
    case ErrorKind::kConflict:
    case ErrorKind::kInternal:
      return kError;
  }
  return kError;
}

}  // namespace syncline::cli
