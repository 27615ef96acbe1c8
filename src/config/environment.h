#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace syncline::config {

/// The text with every ${NAME} replaced by the environment's value; "$${" stands for "${". With
/// `decode_percent` the text around is percent-decoded, the values are taken as they are: so a
/// password may hold any character. kInvalid: unset variable, bad ${...} or %XX. Messages never
/// show the text.
Result<std::string> expand(std::string_view text, bool decode_percent = false);

}  // namespace syncline::config
