#pragma once

#include <set>
#include <string>
#include <string_view>

#include "document/schema.h"

namespace syncline::document {

/// Names already taken in one place. Two that differ by case alone are taken for one: both would be
/// valid, and nobody could tell them apart.
class NameSet {
 public:
  bool contains(std::string_view name) const;
  /// Notes and returns the name, or the first of name_2, name_3, ... that is free.
  std::string add(std::string_view name);

 private:
  std::set<std::string> lower_;
};

/// The name as a document may have it: letters, digits, '_' and '-', at most 64. Other characters
/// become '_'; a name of nothing else, "table_" and its bytes in hexadecimal.
std::string document_name(std::string_view table);

/// The name as MongoDB and the pipeline file can hold it as a field: no '.', no '$' in front, not
/// "*", and neither "_id" nor "_revision".
std::string field_name(std::string_view column);

/// "customers" as "customer", "categories" as "category"; what is no plural stays.
std::string singular(std::string_view word);

/// "Track" as "Tracks", "category" as "categories"; what is plural, or has none, stays.
std::string plural(std::string_view word);

/// What a foreign key's column says of the row that it points at: customer_id "customer", ArtistId
/// "Artist". Empty when it says nothing, or the key has several columns.
std::string role_of(const ForeignKey& key);

/// The column and the table as one word, in the column's style: ReportsTo and Employee as
/// "ReportsToEmployee", parent and categories as "parent_category".
std::string role_and_table(const ForeignKey& key);

}  // namespace syncline::document
