#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace syncline::mysql {

/// Names as a JSON array of strings: how our tables hold lists.
std::string name_list(std::span<const std::string> names);

/// The names of such an array. kCorrupt when it is none.
Result<std::vector<std::string>> parse_name_list(std::string_view json);

}  // namespace syncline::mysql
