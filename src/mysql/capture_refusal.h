#pragma once

#include <map>
#include <span>

#include "base/result.h"
#include "document/plan.h"
#include "document/schema.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// The tables whose changes no trigger of ours would notice, each with the reason (kUnsupported):
/// their rows go or change by a cascade that comes back to its own table, or by a foreign key into
/// another database. Asks the server for the latter.
Result<std::map<document::TableName, Error>> uncapturable_tables(Connection& connection,
                                                                 const document::Schema& schema);

/// Why the first of these plans' tables that is refused cannot be captured; null: all can.
const Error* refusal_of(std::span<const document::DocumentPlan> plans,
                        const std::map<document::TableName, Error>& refused);

/// The reason why the first of these plans' tables cannot be captured, if one cannot.
Result<void> refuse_uncapturable(Connection& connection, const document::Schema& schema,
                                 std::span<const document::DocumentPlan> plans);

}  // namespace syncline::mysql
