#include "mongo/walk.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"
#include "mongo/handles.h"
#include "mongo/record_bson.h"

namespace syncline::mongo {

using document::DocumentPlan;
using document::Revision;

namespace {

/// The kinds of _id in MongoDB's order. A comparison finds values of its own kind only, so a walk
/// goes through one kind after the other.
enum Kind : char { kNumber = '0', kText, kSubdocument, kBytes, kObjectId, kBool, kDate, kEnd };

/// {$gte: the smallest value of the kind}
void append_smallest(Kind kind, bson_t* condition) {
  constexpr const char* kAtLeast = "$gte";
  switch (kind) {
    case kNumber:
      BSON_APPEND_DOUBLE(condition, kAtLeast, -std::numeric_limits<double>::infinity());
      return;
    case kText:
      BSON_APPEND_UTF8(condition, kAtLeast, "");
      return;
    case kSubdocument: {
      const Nested nothing(condition, kAtLeast, Nested::kDocument);
      return;
    }
    case kBytes:
      BSON_APPEND_BINARY(condition, kAtLeast, BSON_SUBTYPE_BINARY,
                         reinterpret_cast<const uint8_t*>(""), 0);
      return;
    case kObjectId: {
      const bson_oid_t smallest{};
      BSON_APPEND_OID(condition, kAtLeast, &smallest);
      return;
    }
    case kBool:
      BSON_APPEND_BOOL(condition, kAtLeast, false);
      return;
    case kDate:
      BSON_APPEND_DATE_TIME(condition, kAtLeast, std::numeric_limits<int64_t>::min());
      return;
    case kEnd:
      return;
  }
}

/// A cursor is the kind, then, but at its beginning, the last {_id} in hexadecimal BSON.
Result<void> append_position(Kind kind, const std::string& last, bson_t* condition) {
  if (last.empty()) {
    append_smallest(kind, condition);
    return {};
  }
  bson_t position;
  bson_iter_t id;
  if (!bson_init_static(&position, reinterpret_cast<const uint8_t*>(last.data()), last.size()) ||
      !bson_iter_init_find(&id, &position, "_id")) {
    return corrupt("the cursor of a walk is not one");
  }
  bson_append_iter(condition, "$gt", -1, &id);
  return {};
}

std::string show_id(const bson_iter_t& id) {
  Bson shown;
  bson_append_iter(shown.get(), "_id", -1, &id);
  const TextHandle json(bson_as_relaxed_extended_json(shown.get(), nullptr));
  return json.get();
}

std::string position_of(const bson_iter_t& id) {
  Bson position;
  bson_append_iter(position.get(), "_id", -1, &id);
  return {reinterpret_cast<const char*>(bson_get_data(position.get())), position.get()->len};
}

void add_to_page(const DocumentPlan& plan, const bson_t& record, const bson_iter_t& id,
                 Revision below, ports::WalkPage& page) {
  const std::optional<Revision> revision = revision_of(record);
  std::optional<document::DocumentKey> key = key_of_id(plan.key(), id);
  if (!revision || !key) {
    page.foreign.push_back(show_id(id));
  } else if (below == Revision() || *revision < below) {
    page.keys.push_back(std::move(*key));
    page.revisions.push_back(*revision);
  }
}

}  // namespace

Result<ports::WalkPage> walk_page(Store& store, const DocumentPlan& plan, const std::string& cursor,
                                  Revision below, size_t documents) {
  auto kind = cursor.empty() ? kNumber : static_cast<Kind>(cursor[0]);
  std::string last = cursor.empty() ? "" : unhex(cursor.substr(1)).value_or("");
  Bson options;
  {
    Nested projection(options.get(), "projection", Nested::kDocument);
    BSON_APPEND_INT32(projection.get(), kRevisionField, 1);
  }
  {
    Nested sort(options.get(), "sort", Nested::kDocument);
    BSON_APPEND_INT32(sort.get(), "_id", 1);
  }
  const auto limit = static_cast<int64_t>(std::max<size_t>(1, documents));
  BSON_APPEND_INT64(options.get(), "limit", limit);
  ports::WalkPage page;
  for (int64_t seen = 0; seen == 0 && kind != kEnd;) {
    Bson filter;
    {
      Nested id(filter.get(), "_id", Nested::kDocument);
      TRY(append_position(kind, last, id.get()));
    }
    TRY(store.find(plan.name.value, *filter.get(), *options.get(), [&](const bson_t& record) {
      bson_iter_t id;
      if (!bson_iter_init_find(&id, &record, "_id")) return Result<void>();
      add_to_page(plan, record, id, below, page);
      if (++seen == limit) last = position_of(id);
      return Result<void>();
    }));
    if (seen == limit) break;
    kind = static_cast<Kind>(kind + 1);
    last.clear();
  }
  if (kind != kEnd) page.cursor = std::string(1, kind) + hex(last);
  return page;
}

}  // namespace syncline::mongo
