#pragma once

#include <span>

#include "base/result.h"
#include "mysql/connection.h"
#include "mysql/routes.h"
#include "ports/source.h"

namespace syncline::mysql {

/// Which documents change-log rows lead to in the view that is open in `connection`: along each
/// route, from the values that a row names upwards, one join to the root for many rows. A row along
/// whose route more than `wide_min` rows are met is wide, even if they belong to fewer documents:
/// no read goes far beyond that. See ports::View::resolve.
Result<ports::Resolution> resolve(Connection& connection, RouteTable& routes,
                                  document::Generation generation,
                                  std::span<const ports::LogRow> rows, size_t wide_min);

}  // namespace syncline::mysql
