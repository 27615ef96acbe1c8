#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "document/schema.h"
#include "mysql/capture.h"
#include "mysql/connection.h"
#include "mysql/grants.h"
#include "ports/finding.h"

namespace syncline::mysql {

/// The source as a preflight sees it. `installer` may be the same session.
struct PreflightRequest {
  Connection& connection;
  Connection& installer;
  const document::Schema& schema;
  const document::PipelineName& name;
  std::span<const document::DocumentPlan> plans;
  const CaptureStatus* capture;  ///< null: it could not be read
};

/// What stands against capturing these documents or is worth knowing: rights of both accounts, each
/// one by its name; cascades; other triggers; what the server is set to. Changes nothing.
Result<std::vector<ports::Finding>> preflight(const PreflightRequest& request);

/// Triggers stand, and their schema cannot be seen: the account has no right on it.
bool is_hidden(const CaptureStatus& capture, const Grants& grants,
               const document::PipelineName& name);

}  // namespace syncline::mysql
