#pragma once

#include "verify/report.h"
#include "verify/sessions.h"

namespace syncline::verify {

/// Mends what a report found: faulty keys are noted in the change log, so that the stream refreshes
/// them; records and tombstones from the future are replaced first, since they would refuse that
/// refresh. Marks the findings. Repeating it is harmless. A target that is away keeps what it has
/// from the future: those findings stay unmarked.
Result<void> repair(Sessions& sessions, std::span<const document::DocumentPlan> plans,
                    Report& report);

}  // namespace syncline::verify
