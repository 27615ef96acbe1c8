#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "document/plan.h"
#include "ports/source.h"

namespace syncline::refresh {

using document::DocumentKey;
using document::DocumentName;
using document::DocumentPlan;
using document::Image;
using document::Revision;

/// One document type's share of a batch.
struct Part {
  const DocumentPlan* plan = nullptr;
  std::vector<Image> images;  ///< unique keys
};

/// What one numbered view said of some documents: the first half of a refresh.
struct Batch {
  Revision revision;
  BootTime taken_on;  ///< before the view was opened: the age fence counts from here
  std::vector<Part> parts;
};

/// Reads documents of several types in an open view. Keys of types without a plan are passed over
/// (a document type that was removed).
Result<Batch> read_keys(ports::View& view, BootTime taken_on, std::span<const DocumentPlan> plans,
                        const std::map<DocumentName, std::vector<DocumentKey>>& keys);

}  // namespace syncline::refresh
