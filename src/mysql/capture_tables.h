#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document/ids.h"

namespace syncline::mysql {

/// One of our tables: its name, and the statement that makes it when it is missing.
struct OwnTable {
  std::string name;
  std::string create;
};

/// Every table of a pipeline's schema (docs/capture.md says what each holds).
std::vector<OwnTable> own_tables(const document::PipelineName& name);

/// `schema`.`table` of a pipeline, quoted.
std::string own_table(const document::PipelineName& name, std::string_view table);

}  // namespace syncline::mysql
