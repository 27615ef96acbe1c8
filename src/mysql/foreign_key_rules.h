#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "document/schema.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// What a foreign key does when its parent's row goes or changes.
struct ForeignKeyRules {
  document::ReferentialAction on_delete = document::ReferentialAction::kNone;
  document::ReferentialAction on_update = document::ReferentialAction::kNone;
};

/// From SHOW CREATE TABLE: MariaDB's information_schema.REFERENTIAL_CONSTRAINTS hides them from an
/// account that may only SELECT, and cascades would go unnoticed. kUnsupported when they are not
/// there either.
Result<ForeignKeyRules> read_foreign_key_rules(Connection& connection, const std::string& database,
                                               const std::string& table, const std::string& key);

/// The same of a text that SHOW CREATE TABLE gave. `key` must be in it.
ForeignKeyRules foreign_key_rules(std::string_view create_table, const std::string& key);

}  // namespace syncline::mysql
