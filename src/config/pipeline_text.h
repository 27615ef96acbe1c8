#pragma once

#include <string>
#include <vector>

#include "document/suggest.h"

namespace syncline::config {

/// What a pipeline file says beside its documents, as the user wrote it: no password.
struct PipelineHeader {
  std::string name;
  std::string database;
  std::string source_uri;
  std::string password_file;  ///< empty: none, as the others
  std::string installer_uri;
  std::string mongodb_uri;
  std::string redis_uri;
};

/// A pipeline file with comments, for people. parse_pipeline() reads it back to the same
/// definitions, whatever the names.
std::string pipeline_text(const PipelineHeader& header, const document::Suggestion& suggestion);

/// One document type as lines of `documents:`, without indentation.
std::vector<std::string> document_lines(const document::SuggestedDocument& document);

}  // namespace syncline::config
