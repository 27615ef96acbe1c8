#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace syncline::mysql {

/// The Error for a server or client code of MySQL and MariaDB. Kinds: lost or refused connections,
/// deadlocks, lock timeouts, shutdown: kTransient; 1412 and 1146 inside a view: kTooOld; access,
/// unknown database, syntax: kInvalid, with the cure as hint. `where` names the server
/// ("mysql://root@127.0.0.1:3306/shop").
Error error_of(unsigned code, std::string_view text, std::string_view where);

}  // namespace syncline::mysql
