#pragma once

#include <string>
#include <vector>

#include "document/definition.h"
#include "document/schema.h"
#include "document/suggest_names.h"

namespace syncline::document {

/// What `fields:` says of a table, so that the definition is valid.
struct SuggestedFields {
  std::vector<FieldDefinition> fields;  ///< empty: all columns, nothing needs to be said
  NameSet names;                        ///< of the fields, as the record has them
  std::vector<std::string> notes;       ///< columns left out, renamed, or not as MySQL has them
};

/// All columns but those of types that are refused; those whose names a record cannot have under
/// another name.
SuggestedFields suggest_fields(const Table& table);

/// Columns that the stores do not hold as MySQL does, one note for each reason.
std::vector<std::string> notes_on_types(const Table& table);

}  // namespace syncline::document
