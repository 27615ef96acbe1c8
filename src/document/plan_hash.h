#pragma once

#include <string>

#include "document/plan.h"

namespace syncline::document {

/// 32 hex digits over an injective rendering of the plan: names, order, SQL, tables, and of every
/// column and key what decides its values (kind, length, scale, character set; the labels of ENUM
/// and SET). Nullability and display widths do not count.
std::string hash_of(const DocumentName& name, const PlanNode& root);

}  // namespace syncline::document
