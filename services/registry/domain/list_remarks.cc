#include "services/registry/domain/list_remarks.h"

#include <algorithm>

namespace inspectorate::registry {
namespace {

constexpr double kFar = 200'000;  // metres: beyond any city that an office answers for
constexpr size_t kEnough = 10;    // positions that show where a list's schools lie

// Digits, Latin letters and the dash in their Chinese width are what people type; programs compare the narrow
// ones. Gives the narrow text.
std::string Narrow(std::string_view text, bool* wide_digits) {
  std::string narrow;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first == 0xEF && at + 2 < text.size()) {
      const unsigned second = static_cast<unsigned char>(text[at + 1]);
      const unsigned third = static_cast<unsigned char>(text[at + 2]);
      const unsigned code = (0xF000 | (second & 0x3F) << 6 | (third & 0x3F));
      if (code >= 0xFF01 && code <= 0xFF5E) {
        const char c = static_cast<char>(code - 0xFF01 + '!');
        narrow += c;
        *wide_digits =
            *wide_digits || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        at += 2;
        continue;
      }
    }
    if (text.substr(at).starts_with("–") || text.substr(at).starts_with("—")) {
      narrow += '-';
      at += 2;
      continue;
    }
    narrow += text[at];
  }
  return narrow;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// 020-12345678, 0543-1234567, 02012345678, with an extension; 13800000000.
bool IsPhone(std::string_view phone) {
  if (phone.size() == 11 && phone[0] == '1' && AllDigits(phone)) return true;
  if (!phone.starts_with('0')) return false;
  const size_t dash = phone.find('-');
  if (AllDigits(phone)) return phone.size() >= 10 && phone.size() <= 12;
  if (dash != 3 && dash != 4) {
    // An extension behind a number without a dash.
    return dash != std::string_view::npos && dash >= 10 && dash <= 12 && AllDigits(phone.substr(0, dash)) &&
           AllDigits(phone.substr(dash + 1)) && phone.size() - dash <= 7;
  }
  const std::string_view rest = phone.substr(dash + 1);
  const size_t second = rest.find('-');
  const std::string_view number = rest.substr(0, second);
  const bool extension =
      second == std::string_view::npos || (AllDigits(rest.substr(second + 1)) && rest.size() - second <= 7);
  return AllDigits(phone.substr(0, dash)) && AllDigits(number) && number.size() >= 7 && number.size() <= 8 &&
         extension;
}

void OnPhone(const std::string& cell, std::vector<ListRemark>* remarks) {
  if (cell.empty()) return;
  bool wide = false;
  const std::string phone = Narrow(cell, &wide);
  if (IsPhone(phone)) return;
  const auto digits = std::count_if(phone.begin(), phone.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto add = [&](const char* code, const char* zh, const char* en) {
    remarks->push_back({RemarkOn::kPhone, code, zh, en});
  };
  if (digits >= 15) {
    add("PHONE_SEVERAL", "一格里有几个电话号码，请只留一个", "several numbers in one cell");
  } else if (AllDigits(phone) && phone.size() == 10 && phone[0] != '0' && phone[0] != '1') {
    add("PHONE_LOST_ZERO", "区号开头的0已丢失（常见于表格软件），请补上",
        "the leading 0 of the area code is lost");
  } else if (AllDigits(phone) && (phone.size() == 7 || phone.size() == 8)) {
    add("PHONE_NO_AREA_CODE", "没有区号", "there is no area code");
  } else {
    add("PHONE_FORM", "不像电话号码，请核对", "is not in the form of a telephone number");
  }
}

bool Holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void OnName(const SchoolLine& line, std::vector<ListRemark>* remarks) {
  bool wide = false;
  Narrow(line.name, &wide);
  if (wide) {
    remarks->push_back({RemarkOn::kName, "FULL_WIDTH", "含全角数字或字母，查找时会找不到",
                        "has full-width digits or letters"});
  }
  if (line.kindergarten && !Holds(line.name, "幼") && !Holds(line.name, "托")) {
    remarks->push_back({RemarkOn::kName, "NAME_NOT_OF_KIND", "名称不像幼儿园，请核对",
                        "the name is not that of a kindergarten"});
  }
}

void OnAddress(const std::string& address, std::vector<ListRemark>* remarks) {
  if (address.empty()) {
    remarks->push_back({RemarkOn::kAddress, "ADDRESS_MISSING", "没有地址", "there is no address"});
    return;
  }
  bool wide = false;
  const std::string narrow = Narrow(address, &wide);
  if (wide) {
    remarks->push_back(
        {RemarkOn::kAddress, "FULL_WIDTH", "含全角数字或字母", "has full-width digits or letters"});
  }
  if (narrow.find('/') != std::string::npos) {
    remarks->push_back({RemarkOn::kAddress, "ADDRESS_SEVERAL", "一格里有几个地址，分校区请另列",
                        "several addresses in one cell"});
  }
}

}  // namespace

std::vector<ListRemark> RemarksOn(const SchoolLine& line, const std::optional<Position>& centre) {
  std::vector<ListRemark> remarks;
  OnName(line, &remarks);
  if (line.address) OnAddress(*line.address, &remarks);
  if (line.phone) OnPhone(*line.phone, &remarks);
  if (centre && DistanceBetween(line.position, *centre).value_or(0) > kFar) {
    remarks.push_back({RemarkOn::kPosition, "POSITION_FAR", "坐标距同批学校200公里以上，请核对",
                       "lies more than 200 km from the other schools of the list"});
  }
  return remarks;
}

std::optional<Position> CentreOf(std::vector<Position> positions) {
  std::erase_if(positions, [](const Position& position) { return !position.known(); });
  if (positions.size() < kEnough) return std::nullopt;
  const auto middle = [&](double Position::*part) {
    std::vector<double> values;
    values.reserve(positions.size());
    for (const Position& position : positions) values.push_back(position.*part);
    const auto half = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), half, values.end());
    return *half;
  };
  return Position{.latitude = middle(&Position::latitude), .longitude = middle(&Position::longitude)};
}

}  // namespace inspectorate::registry
