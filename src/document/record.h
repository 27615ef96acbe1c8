#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "document/ids.h"
#include "document/type.h"

namespace syncline::document {

struct Record;

/// One field's content. Which alternative a column uses follows from the Field's type:
///   NULL, or a to-one without row: monostate
///   kInteger, kDate (days since 1970), kDateTime / kTimestamp / kTime (microseconds; since 1970
///   UTC): int64_t kUnsigned: uint64_t.   kFloat: float.   kDouble: double kDecimal (the server's
///   digits), kText (UTF-8), kBinary, kBit (bytes), kEnum, kSet, kJson (text): std::string embedded
///   to-one: one Record; embedded to-many: any number of Records
using Value = std::variant<std::monostate, int64_t, uint64_t, float, double, std::string,
                           std::vector<Record>>;

/// The values of one row, parallel to Shape::fields.
struct Record {
  std::vector<Value> values;
};

enum class Nesting { kScalar, kObject, kArray };

struct Shape;

/// One named place in a document. `type` is meaningful for scalars, `shape` for objects and arrays.
struct Field {
  std::string name;
  Nesting nesting = Nesting::kScalar;
  ColumnType type;
  std::shared_ptr<const Shape>
      shape;  // shared: plans are copied between threads, shapes never change
};

/// The fields of a record, in output order. Immutable once built.
struct Shape {
  std::vector<Field> fields;
};

/// What one document looked like in one view: its record, or nothing when the view has no such
/// document.
struct Image {
  DocumentKey key;
  std::optional<Record> record;
};

/// Rough bytes that the record holds in memory, for memory budgets.
size_t size_of(const Record& record);

}  // namespace syncline::document
