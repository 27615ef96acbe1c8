#pragma once

#include <string_view>

#include "base/result.h"

namespace syncline::document {

/// Refuses SQL whose value depends on anything but the row it is evaluated on, or that is not one
/// expression: clocks, random numbers, the session, locks, subqueries, aggregates, window
/// functions, variables, qualified (stored) functions, placeholders, comments, several statements.
/// String literals and quoted names are skipped. kInvalid, naming the word. What a stored function
/// called by its bare name does is not seen.
Result<void> check_expression(std::string_view sql);

}  // namespace syncline::document
