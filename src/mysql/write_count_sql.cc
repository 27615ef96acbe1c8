#include "mysql/write_count_sql.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "mysql/connection.h"

namespace syncline::mysql {

std::string note_writes_statement(const std::string& write_counters,
                                  std::span<const ports::WriteCount> counts) {
  std::vector<std::string> rows;
  for (const ports::WriteCount& count : counts) {
    rows.push_back(fmt::format("({}, {}, {})", quote_text(count.target.value),
                               quote_text(count.document.value), count.count));
  }
  std::ranges::sort(rows);  // two sessions that note the same rows wait for each other in order
  return fmt::format(
      "INSERT INTO {} (target, document, noted) VALUES {} ON DUPLICATE KEY UPDATE noted = "
      "GREATEST(noted, VALUES(noted))",
      write_counters, join(rows, ", "));
}

}  // namespace syncline::mysql
