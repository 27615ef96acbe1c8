#include "mongo/statements.h"

#include "mongo/handles.h"
#include "mongo/record_bson.h"

namespace syncline::mongo {

void append_guard(const Guard& guard, bson_t* query) {
  constexpr const char* kOperators[] = {"$lt", "$eq", "$gt", "$gte"};
  Nested condition(query, kRevisionField, Nested::kDocument);
  BSON_APPEND_INT64(condition.get(), kOperators[guard.relation],
                    static_cast<int64_t>(guard.revision.value));
}

Result<void> append_id_filter(const document::DocumentPlan& plan,
                              std::span<const document::DocumentKey> keys, bson_t* filter) {
  Nested id(filter, "_id", Nested::kDocument);
  Nested in(id.get(), "$in", Nested::kArray);
  uint32_t i = 0;
  for (const document::DocumentKey& key : keys) {
    TRY(append_id(plan.key(), key, ArrayIndex(i++).text(), in.get()));
  }
  return {};
}

Result<void> append_delete(const document::DocumentPlan& plan, const document::DocumentKey& key,
                           const Guard& guard, bson_t* statement) {
  {
    Nested query(statement, "q", Nested::kDocument);
    TRY(append_id(plan.key(), key, "_id", query.get()));
    append_guard(guard, query.get());
  }
  BSON_APPEND_INT32(statement, "limit", 1);
  return {};
}

void append_replace(const bson_t& document, const Guard& guard, bool upsert, bson_t* statement) {
  {
    Nested query(statement, "q", Nested::kDocument);
    bson_iter_t id;
    CHECK(bson_iter_init_find(&id, &document, "_id"));
    bson_append_iter(query.get(), nullptr, 0, &id);
    append_guard(guard, query.get());
  }
  BSON_APPEND_DOCUMENT(statement, "u", &document);
  if (upsert) BSON_APPEND_BOOL(statement, "upsert", true);
}

}  // namespace syncline::mongo
