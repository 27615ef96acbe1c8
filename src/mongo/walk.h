#pragma once

#include <string>

#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "mongo/store.h"
#include "ports/target.h"

namespace syncline::mongo {

/// One page of Target::walk(): at most `documents` are looked at, in the order of _id, so that a
/// page costs the same wherever the lower revisions are.
Result<ports::WalkPage> walk_page(Store& store, const document::DocumentPlan& plan,
                                  const std::string& cursor, document::Revision below,
                                  size_t documents);

}  // namespace syncline::mongo
