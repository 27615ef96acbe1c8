#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/pipeline.h"

namespace syncline::config {

/// Takes a URI apart, for example "mysql://user:password@host:port/database?socket=/path". ${NAME}
/// is replaced in each part; user, password, socket and path are percent-decoded. `scheme` is the
/// only one allowed ("mongodb" allows "mongodb+srv" too). kInvalid, and the message never shows the
/// URI: it may hold a password.
Result<Endpoint> parse_uri(std::string_view uri, std::string_view scheme);

/// True when a password stands in the URI itself, not as ${NAME}.
bool has_written_password(std::string_view uri);

/// The URI that the MongoDB driver gets: the written one, with the endpoint's user and password in
/// it.
Result<std::string> driver_uri(std::string_view uri, const Endpoint& endpoint);

}  // namespace syncline::config
