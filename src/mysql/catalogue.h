#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// "syncline_" + name, and the names of our tables in it. Layout: docs/capture.md, DDL in
/// capture_tables.cc.
std::string schema_of(const document::PipelineName& name);

/// One number that log rows carry: a table with the columns whose values the row holds, or a
/// document type (a note). A number's meaning never changes: other columns get another number.
struct CatalogueEntry {
  uint32_t number = 0;
  bool is_document = false;
  std::string name;                      ///< table or document type
  std::vector<std::string> key_columns;  ///< empty for a document type: `key` is a DocumentKey
  std::vector<std::string> link_columns;
  bool is_current = true;  ///< false: no trigger writes it any more
};

/// All entries, by number.
Result<std::vector<CatalogueEntry>> read_catalogue(Connection& connection,
                                                   const document::PipelineName& name);

}  // namespace syncline::mysql
