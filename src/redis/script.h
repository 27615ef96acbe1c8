#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/pipeline.h"
#include "redis/connection.h"
#include "redis/resp.h"

namespace syncline::redis {

/// What we do inside Redis, each atomic. The arguments of all but kClaim, kAdopt and kRevisions
/// begin with the nine of the head (script.cc).
enum class Script {
  kWrite,    ///< keys: state, floor, records, their tombstones. Then for each record: the number
             ///< of content arguments and these, or "-": delete
  kReplace,  ///< keys: state, floor, record, tombstone. The revision it must carry; content as
             ///< above
  kFloor,    ///< keys: state, floor
  kRaiseWrites,  ///< keys: state. What the counter of writes becomes at least
  kPurge,        ///< keys: state, records. Returns how many of ours were removed
  kClaim,      ///< keys: state. Pipeline, server, epoch, "1" to adopt. An array: revision, counter
               ///< of writes
  kAdopt,      ///< keys: records. Foreign records of the right type become ours at revision 0
  kRevisions,  ///< keys: records. An array: the revision, "" absent, "F" foreign
};

/// What kWrite answers for each record, one letter, and then ":" and the counter of writes;
/// kReplace answers one.
enum class Verdict : char {
  kWritten = 'W',
  kRemoved = 'R',
  kOlder = 'O',
  kForeign = 'F',    ///< without a revision of ours
  kWrongType = 'T',  ///< another type of Redis
};

/// Answers instead of verdicts; nothing was written.
inline constexpr std::string_view kTooLate = "!late";
inline constexpr std::string_view kForgotten = "!forgotten";
inline constexpr std::string_view kOwnedBy = "!owner:";  ///< then the pipeline

/// The Lua text.
std::string script_text(Script script, config::RedisForm form);

/// The scripts as one connection calls them: loaded into the server when first needed, and again
/// when it lost them.
class Scripts {
 public:
  Scripts(Connection& connection, config::RedisForm form) : connection_(connection), form_(form) {}

  /// The name under which the server knows the script; loads it unless this connection did.
  Result<std::string_view> sha(Script script);
  /// The server said that it does not have a script.
  void forget() { shas_.clear(); }

  /// Calls a script and waits; a refusal is an Error.
  Result<Reply> call(Script script, const Arguments& keys, const Arguments& arguments);

 private:
  Connection& connection_;
  const config::RedisForm form_;
  std::map<Script, std::string> shas_;
};

}  // namespace syncline::redis
