// Archives of given parts, for tests of what reads them.
#pragma once

#include <zip.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace inspectorate::sheet {

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string Zip(const Parts& parts, bool packed = true) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  if (archive == nullptr) std::abort();
  for (const auto& [name, content] : parts) {
    zip_source_t* source = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_OVERWRITE);
    if (index < 0) std::abort();
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                             packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 1);
  }
  if (zip_close(archive) != 0) std::abort();
  std::string bytes;
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  bytes.resize(static_cast<size_t>(zip_source_tell(target)));
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

// The parts that every workbook has, around these.
inline Parts BookOf(const std::string& sheet, const std::string& texts = "", const std::string& styles = "",
                    const std::string& book = "") {
  const std::string kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  const std::string related =
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
  const auto relation = [&](const char* id, const char* kind, const char* target) {
    return std::string("<Relationship Id=\"") + id + "\" Type=\"" + kinds + kind + "\" Target=\"" + target +
           "\"/>";
  };
  Parts parts = {
      {"_rels/.rels",
       head + related + relation("rId1", "officeDocument", "xl/workbook.xml") + "</Relationships>"},
      {"xl/workbook.xml",
       book.empty() ? head + "<workbook xmlns:r=\"" + kinds.substr(0, kinds.size() - 1) +
                          "\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                    : book},
      {"xl/_rels/workbook.xml.rels", head + related + relation("rId1", "worksheet", "worksheets/sheet1.xml") +
                                         relation("rId2", "sharedStrings", "sharedStrings.xml") +
                                         relation("rId3", "styles", "/xl/styles.xml") +
                                         relation("rId4", "worksheet", "worksheets/sheet2.xml") +
                                         "</Relationships>"},
      {"xl/worksheets/sheet1.xml", sheet}};
  if (!texts.empty()) parts.emplace_back("xl/sharedStrings.xml", texts);
  if (!styles.empty()) parts.emplace_back("xl/styles.xml", styles);
  return parts;
}

}  // namespace inspectorate::sheet
