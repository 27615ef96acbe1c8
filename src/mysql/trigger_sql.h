#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "document/schema.h"

namespace syncline::mysql {

/// A captured table with its number in the catalogue.
struct NumberedTable {
  document::CapturedTable captured;
  uint32_t number = 0;
};

/// A table whose changes would be lost without a trigger.
struct Capturing {
  document::TableName table;
  std::string rows;  ///< what every version of the trigger says that finds them; empty: all do
};

/// A trigger that must stand. Its name ends in a hash of its text: another text is another trigger,
/// which can be made before the old one goes.
struct TriggerSql {
  std::string name;
  document::TableName table;
  std::string kind;  ///< "ai", "au", "ad": own rows; "bu", "bd", "cu": children by cascade
  std::vector<Capturing> captures;
  std::string create;
};

/// Every trigger that these tables need: three on each, and those on every table from which a
/// cascade or SET NULL reaches one of them, through tables that are not captured as well.
/// kUnsupported: a table that deletes its own rows by cascade.
Result<std::vector<TriggerSql>> trigger_sql(const document::Schema& schema,
                                            const document::PipelineName& name,
                                            std::span<const NumberedTable> tables);

/// The refusal of a table that deletes its own rows by this foreign key.
Error endless_cascade(const document::ForeignKey& key);

/// What the names of a pipeline's triggers begin with.
std::string trigger_prefix(const document::PipelineName& name);

/// The kind in a trigger's name; empty when it is none of ours.
std::string trigger_kind(std::string_view trigger_name);

}  // namespace syncline::mysql
