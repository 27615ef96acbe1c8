#pragma once

#include <string_view>

#include "base/error.h"

namespace syncline::redis {

/// The Error for what Redis answered. Kinds: loading, busy, out of memory, read-only, no disk:
/// kTransient; password and rights: kInvalid; Redis Cluster, unknown commands: kUnsupported; each
/// with the cure as hint. `where` names the server ("redis://127.0.0.1:6379/0").
Error error_of(std::string_view answer, std::string_view where);

/// The Error for a connection that could not be made.
Error error_of_connect(std::string_view reason, std::string_view where);

/// The Error for a connection that broke or a server that does not answer: kTransient.
Error error_of_connection(std::string_view reason, std::string_view where);

/// True when the server does not have the script: load it and call again.
bool is_script_missing(std::string_view answer);

/// True when the key holds another type of Redis than the command is for.
bool is_wrong_type(std::string_view answer);

}  // namespace syncline::redis
