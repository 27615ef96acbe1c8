#include "redis/scan.h"

namespace syncline::redis {

Result<ScanPage> scan(Connection& connection, const std::string& cursor, std::string_view pattern,
                      size_t count) {
  Arguments command{"SCAN", cursor.empty() ? "0" : cursor};
  command.add("COUNT");
  command.add_number(count);
  if (!pattern.empty()) command.add({"MATCH", pattern});
  const Reply reply = TRY(connection.call(command));
  if (reply->elements != 2) return internal("Redis answers SCAN with other than cursor and keys");
  ScanPage page;
  page.cursor = text_of(*reply->element[0]);
  if (page.cursor == "0") page.cursor.clear();
  const redisReply& keys = *reply->element[1];
  for (size_t i = 0; i < keys.elements; ++i) page.keys.emplace_back(text_of(*keys.element[i]));
  return page;
}

}  // namespace syncline::redis
