#pragma once

#include <cstddef>

#include "base/result.h"
#include "document/ids.h"
#include "mysql/connection.h"
#include "mysql/routes.h"
#include "ports/source.h"

namespace syncline::mysql {

/// The next hop of a wide row, in the view that is open in `connection`: the rows that reference
/// it, as log rows of their own that lead on through the same path only, hop after hop; root rows
/// as notes of their documents. The cursor names generation, path, hop and the last primary key;
/// another generation starts over. A step costs the same wherever it begins, if an
/// index of the referencing columns has no others or is the primary key; else each step sorts what
/// references the row. See ports::View::widen.
Result<ports::WideStep> widen(Connection& connection, RouteTable& routes,
                              document::Generation generation, const ports::LogRow& row,
                              size_t rows_max);

}  // namespace syncline::mysql
