#pragma once

#include <vector>

#include "base/result.h"
#include "config/yaml_node.h"
#include "document/definition.h"

namespace syncline::config {

/// The `documents:` map. A document without content is the table of the same name with all columns.
Result<std::vector<document::DocumentDefinition>> read_documents(const YamlNode& documents);

}  // namespace syncline::config
