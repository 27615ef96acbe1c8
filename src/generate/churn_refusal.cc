#include "generate/churn_refusal.h"

#include <algorithm>
#include <iterator>

namespace syncline::generate {
namespace {

struct Reason {
  unsigned code;
  std::string_view text;
};

constexpr Reason kReasons[] = {{1020, "changed by another"},
                               {1062, "duplicate key"},
                               {1118, "row too large"},
                               {1205, "lock wait"},
                               {1213, "deadlock"},
                               {1442, "table in use by the statement"},
                               {1451, "has children"},
                               {1452, "no parent"},
                               {1467, "AUTO_INCREMENT used up"},
                               {1526, "no partition"},
                               {1586, "duplicate key"},
                               {1644, "refused by a trigger"},
                               {1761, "duplicate key of a child"},
                               {1762, "duplicate key of a child"},
                               {3008, "cascade too deep"},
                               {3819, "check"},
                               {4025, "check"},
                               {6575, "cascade too deep"}};

constexpr unsigned kOutOfRangeOfHandler = 167;  // MariaDB, of the next AUTO_INCREMENT value

// What the server computes from the values (generated columns, checks) does not fit.
constexpr unsigned kMisfits[] = {1048, 1264, 1265, 1292, 1365, 1366, 1406,
                                 1411, 1690, 3140, 3141, 3146, 3156, 3903};

}  // namespace

std::optional<std::string_view> refusal_reason(unsigned code, const Error& error,
                                               const ChurnTable& table) {
  const auto* known = std::ranges::find(kReasons, code, &Reason::code);
  if (known != std::end(kReasons)) return known->text;
  const bool is_misfit = std::ranges::find(kMisfits, code) != std::end(kMisfits);
  if (is_misfit && table.is_computing) return "computed value does not fit";
  const bool is_counting =
      std::ranges::any_of(table.columns, [](const auto& one) { return one.is_auto_increment; });
  if (code == kOutOfRangeOfHandler && is_counting) return "AUTO_INCREMENT used up";
  if (error.kind() == ErrorKind::kTooOld) return "table was altered";
  if (error.is_transient()) return "interrupted";
  return std::nullopt;
}

bool ends_transaction(const Error& error) {
  return error.is_transient() || error.kind() == ErrorKind::kTooOld;
}

}  // namespace syncline::generate
