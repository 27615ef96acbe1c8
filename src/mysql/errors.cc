#include "mysql/errors.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"

namespace syncline::mysql {
namespace {

struct KnownCode {
  unsigned code;
  ErrorKind kind;
  std::string_view cause;  ///< empty: the server's words
  std::string_view hint;
};

constexpr std::string_view kMissingRight =
    "grant the account the right that the message names (docs/capture.md lists what each needs)";
constexpr std::string_view kCheckAddress = "check that the server runs, and source.uri";

// Server codes below 2000 and from 3000, client codes between.
constexpr KnownCode kKnown[] = {
    {1020, ErrorKind::kTransient, "", ""},  // record changed since last read (MariaDB)
    {1040, ErrorKind::kTransient, "too many connections", "raise max_connections on the server"},
    {1044, ErrorKind::kInvalid, "", kMissingRight},
    {1045, ErrorKind::kInvalid, "access denied", "check source.uri and source.password_file"},
    {1049, ErrorKind::kInvalid, "", "check the database name in source.uri"},
    {1053, ErrorKind::kTransient, "the server is shutting down", ""},
    {1064, ErrorKind::kInvalid, "", ""},
    {1054, ErrorKind::kInvalid, "", ""},
    {1077, ErrorKind::kTransient, "the server is shutting down", ""},
    {1079, ErrorKind::kTransient, "the server is shutting down", ""},
    {1129, ErrorKind::kTransient, "", "FLUSH HOSTS on the server lets this machine in again"},
    {1130, ErrorKind::kInvalid, "", "allow the account to connect from this machine"},
    {1142, ErrorKind::kInvalid, "", kMissingRight},
    {1143, ErrorKind::kInvalid, "", kMissingRight},
    {1146, ErrorKind::kTooOld, "", ""},
    {1152, ErrorKind::kTransient, "", ""},
    {1153, ErrorKind::kInvalid, "", "raise max_allowed_packet on the server"},
    {1158, ErrorKind::kTransient, "", ""},
    {1159, ErrorKind::kTransient, "", ""},
    {1160, ErrorKind::kTransient, "", ""},
    {1161, ErrorKind::kTransient, "", ""},
    {1176, ErrorKind::kTooOld, "", ""},  // the index went after it was looked up
    {1203, ErrorKind::kTransient, "", "raise max_user_connections of the account"},
    {1205, ErrorKind::kTransient, "lock wait timeout", ""},
    {1213, ErrorKind::kTransient, "deadlock", ""},
    {1226, ErrorKind::kTransient, "", "raise the resource limit of the account"},
    {1227, ErrorKind::kInvalid, "", kMissingRight},
    {1290, ErrorKind::kInvalid, "",
     "the server is read only: name the primary server in source.uri"},
    {1317, ErrorKind::kTransient, "the statement was interrupted", ""},
    {1370, ErrorKind::kInvalid, "", kMissingRight},
    {1412, ErrorKind::kTooOld, "", ""},
    {1615, ErrorKind::kTooOld, "", ""},  // prepare again: the table changed meanwhile
    {1419, ErrorKind::kInvalid, "the server keeps a binary log and lets only SUPER make triggers",
     "SET GLOBAL log_bin_trust_function_creators = 1 on the server, or name source.installer, an "
     "account with SUPER"},
    {1698, ErrorKind::kInvalid, "access denied",
     "the account logs in by its system user only: use another account in source.uri"},
    {1792, ErrorKind::kTransient, "", ""},  // write inside READ ONLY: the view is in doubt
    {1836, ErrorKind::kTransient, "", "the server is read only for a while"},
    {1927, ErrorKind::kTransient, "the connection was killed", ""},
    {2002, ErrorKind::kTransient, "no server answers", kCheckAddress},
    {2003, ErrorKind::kTransient, "no server answers", kCheckAddress},
    {2005, ErrorKind::kInvalid, "unknown host", "check the host in source.uri"},
    {2006, ErrorKind::kTransient, "the connection was lost", ""},
    {2012, ErrorKind::kTransient, "", ""},
    {2013, ErrorKind::kTransient, "the connection was lost, or no answer in time", ""},
    {2026, ErrorKind::kInvalid, "", "check the TLS settings in source.uri"},
    {2027, ErrorKind::kTransient, "the connection was lost", ""},
    {2055, ErrorKind::kTransient, "the connection was lost", ""},
    {2059, ErrorKind::kInvalid, "", "use an account whose authentication plugin the client has"},
    {3024, ErrorKind::kTransient, "", ""},
    {3169, ErrorKind::kTransient, "the connection was killed", ""},
    {3572, ErrorKind::kTransient, "", ""},
    {4031, ErrorKind::kTransient, "the server closed the idle connection", ""},
};

const KnownCode* find(unsigned code) {
  const auto* found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                   [code](const KnownCode& known) { return known.code == code; });
  return found == std::end(kKnown) ? nullptr : found;
}

}  // namespace

Error error_of(unsigned code, std::string_view text, std::string_view where) {
  const KnownCode* known = find(code);
  const std::string_view cause = known && !known->cause.empty() ? known->cause : text;
  std::string message = fmt::format("{}: {} ({})", where, cause, code);
  // Our own tables are gone or were never made: no newer view will have them.
  const bool is_capture_missing =
      (code == 1146 || code == 1049) && text.find("syncline_") != std::string_view::npos;
  if (is_capture_missing) {
    return invalid(std::move(message), "capture is not installed: `syncline capture install`");
  }
  if (!known) return {ErrorKind::kInternal, std::move(message)};
  return {known->kind, std::move(message), std::string(known->hint)};
}

}  // namespace syncline::mysql
