#pragma once

#include <string>

#include "generate/churn.h"

namespace syncline::cli {

/// What random changes did, for people: a line for each table, the reasons of refusals, a sum.
std::string churn_text(const generate::ChurnReport& report);

/// The same as one JSON object.
std::string churn_json(const generate::ChurnReport& report);

}  // namespace syncline::cli
