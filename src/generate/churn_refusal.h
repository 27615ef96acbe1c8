#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "generate/churn_table.h"

namespace syncline::generate {

/// What the server's code for a failed statement on a table is counted as. Nothing: it is no
/// refusal that random changes have to expect, but an error.
std::optional<std::string_view> refusal_reason(unsigned code, const Error& error,
                                               const ChurnTable& table);

/// True when the whole transaction is gone, or must go: deadlock, lock wait, changed table.
bool ends_transaction(const Error& error);

}  // namespace syncline::generate
