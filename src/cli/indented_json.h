#pragma once

#include <string>
#include <string_view>

namespace syncline::cli {

/// A JSON object for people: each member on a line of its own, and each element of a member that is
/// an array. Anything that does not begin like an object is returned as it is.
std::string indented_json(std::string_view text);

}  // namespace syncline::cli
