#pragma once

#include <span>
#include <string>
#include <vector>

#include "document/ids.h"

namespace syncline::mysql {

/// Who gets what when a DBA installs capture.
struct DbaRequest {
  const document::PipelineName& name;
  const std::string& database;  ///< the source
  std::string runtime;          ///< 'user'@'host' of source.uri
};

/// Capture::script()'s statements for a DBA: triggers belong to a locked account, made here, which
/// may read the source's tables and write the change log; the runtime account gets what it needs to
/// run and no more. Which account a trigger belongs to is no part of its name: it is recognised.
std::vector<std::string> dba_script(const DbaRequest& request,
                                    std::span<const std::string> statements);

/// The grants of the runtime account alone.
std::vector<std::string> runtime_grants(const DbaRequest& request);

}  // namespace syncline::mysql
