#include "mongo/errors.h"

#include <algorithm>
#include <array>

namespace syncline::mongo {

namespace {

// Codes of MongoDB's error_codes.yml. 1 (InternalError) is what FerretDB says when its PostgreSQL
// is away.
constexpr std::array kTransientCodes = {
    1,   6,   7,   8,   24,  46,   50,    64,    89,    91,    112,   133,   134,   189,   202,
    237, 262, 317, 358, 384, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 17280, 91331};
// FerretDB passes on what PostgreSQL says as its SQLSTATE, six bits a character, the first one
// lowest. Of these classes a repetition helps: connection, transaction rollback (deadlock),
// resources, operator. A state that ends in 0 is as low as MongoDB's own codes: disk full (53100),
// out of memory (53200), too many connections (53300), a limit (53400), I/O error (58030).
constexpr std::array kTransientLowStates = {4293, 8389, 12485, 16581, 786949};
constexpr std::array kTransientStates = {"08", "40", "53", "55", "57", "58"};
constexpr int kLowestState = 1 << 24;  // below: MongoDB's own codes

constexpr std::array kAccessCodes = {11, 13, 18, 33, 8000};
constexpr std::array kTooLargeCodes = {10334, 17419, 17420};

constexpr std::string_view kCheckPassword =
    "check user, password and authSource in targets.mongodb.uri";

Error with_kind(int code, std::string message) {
  if (std::ranges::find(kAccessCodes, code) != kAccessCodes.end()) {
    return invalid(std::move(message), code == 13 ? "grant the user readWrite on this database"
                                                  : std::string(kCheckPassword));
  }
  if (is_transient_code(code)) return transient(std::move(message));
  return invalid(std::move(message), "the store refuses this command: see its words above");
}

// "No suitable servers found (...): [connection refused calling hello on '127.0.0.1:1']" with what
// matters in front.
Error unreachable(std::string_view text, std::string_view where) {
  const size_t open = text.find('[');
  const size_t close = text.rfind(']');
  const bool has_cause = open != std::string_view::npos && close != std::string_view::npos;
  const std::string_view cause = has_cause ? text.substr(open + 1, close - open - 1) : text;
  return transient("cannot connect to " + std::string(where) + ": " + std::string(cause),
                   "is mongod running there?");
}

std::string class_of_state(int code) {
  return {static_cast<char>('0' + (code & 63)), static_cast<char>('0' + (code >> 6 & 63))};
}

}  // namespace

bool is_transient_code(int code) {
  if (code >= kLowestState) {
    return std::ranges::find(kTransientStates, class_of_state(code)) != kTransientStates.end();
  }
  if (std::ranges::find(kTransientLowStates, code) != kTransientLowStates.end()) return true;
  return std::ranges::find(kTransientCodes, code) != kTransientCodes.end();
}

bool is_too_large(int code) {
  return std::ranges::find(kTooLargeCodes, code) != kTooLargeCodes.end();
}

Error error_of(const bson_error_t& error, std::string_view where) {
  std::string message = std::string(where) + ": " + error.message;
  std::ranges::replace_if(
      message, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  switch (error.domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
      // A name that does not resolve is a container that is down as often as a misspelt one.
      if (std::string_view(error.message).find("resolve") != std::string_view::npos) {
        return transient(std::move(message), "check the host in targets.mongodb.uri");
      }
      return unreachable(error.message, where);
    case MONGOC_ERROR_STREAM:
    case MONGOC_ERROR_PROTOCOL:
      return transient(std::move(message));
    case MONGOC_ERROR_CLIENT:
    case MONGOC_ERROR_SASL:
    case MONGOC_ERROR_SCRAM:
      if (error.domain == MONGOC_ERROR_CLIENT && error.code != MONGOC_ERROR_CLIENT_AUTHENTICATE) {
        return transient(std::move(message));
      }
      return invalid(std::move(message), std::string(kCheckPassword));
    default:
      message += " (" + std::to_string(error.code) + ")";
      return with_kind(static_cast<int>(error.code), std::move(message));
  }
}

Error error_of_code(int code, std::string_view message, std::string_view where) {
  return with_kind(
      code, std::string(where) + ": " + std::string(message) + " (" + std::to_string(code) + ")");
}

std::string index_of_conflict(std::string_view message) {
  // MongoDB: "... index: email_1 dup key: { email: ... }"; FerretDB: "... Index 'email_1'".
  for (const auto& [before, after] : {std::pair<std::string_view, char>{"index: ", ' '},
                                      std::pair<std::string_view, char>{"Index '", '\''}}) {
    const size_t at = message.find(before);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = message.substr(at + before.size());
    return "the unique index " + std::string(rest.substr(0, rest.find(after)));
  }
  return "a unique index";
}

}  // namespace syncline::mongo
