#include "services/registry/app/print/plaque_page.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/resource/description.h"

namespace inspectorate::registry {
namespace {

using print::Align;
using print::Box;
using print::Color;
using print::Document;
using print::Stand;
using print::TextStyle;

constexpr Color kBlue{0x17468f};
constexpr Color kPale{0xeef3fa};
constexpr Color kGrey{0x5b6572};
constexpr Color kSample{0xd9dde3};

// Of a board of 600 × 900 millimetres, which others follow in proportion.
constexpr double kWidth = 600, kHeight = 900;
constexpr double kEdge = 14;
constexpr double kBand = 118;
constexpr double kFooter = 168;
constexpr double kGap = 14;
constexpr double kListHead = 46, kLeastRow = 25;

class Painter {
 public:
  Painter(const PlaquePage& page, Document* document)
      : page_(page),
        plaque_(*page.plaque),
        content_(page.plaque->content()),
        document_(*document),
        width_(page.plaque->width_mm()),
        height_(page.plaque->height_mm()),
        u_(std::min(width_ / kWidth, height_ / kHeight)) {}

  absl::Status Draw() {
    document_.BeginPage(width_, height_);
    Head();
    const double bottom = height_ - (kEdge + kFooter) * u_;
    const double cards = Y(kEdge + kBand) + 96 * u_;
    // What the list needs to be read from where the names are read.
    const double list = (kListHead + kLeastRow * ListRows() + kGap) * u_;
    Matters(People(cards, bottom - cards - list), bottom);
    RETURN_IF_ERROR(Footer(bottom));
    document_.Frame({kEdge * u_, kEdge * u_, Inner(), height_ - 2 * kEdge * u_}, kBlue, 3 * u_);
    return absl::OkStatus();
  }

 private:
  double Y(double units) const { return units * u_; }
  double Inner() const { return width_ - 2 * kEdge * u_; }
  double Left() const { return 2.4 * kEdge * u_; }
  double Usable() const { return width_ - 2 * Left(); }
  TextStyle Style(double size, Color color, bool bold = false) const {
    TextStyle style;
    style.size = size * u_;
    style.color = color;
    style.bold = bold;
    return style;
  }

  void Head() {
    document_.Fill({kEdge * u_, kEdge * u_, Inner(), kBand * u_}, kBlue);
    TextStyle title = Style(46, print::kWhite, true);
    title.align = Align::kCentre;
    title.stand = Stand::kMiddle;
    title.one_line = true;
    document_.Text({Left(), kEdge * u_, Usable(), kBand * u_}, "责任督学挂牌督导公示牌", title);
    TextStyle school = Style(38, kBlue, true);
    school.align = Align::kCentre;
    school.stand = Stand::kMiddle;
    school.leading = 1.15;
    document_.Text({Left(), Y(kEdge + kBand) + 10 * u_, Usable(), 76 * u_}, content_.school_name(), school);
  }

  // Wide boards have the list in two columns.
  int ListColumns() const { return content_.matters_size() > 4 && width_ > height_ ? 2 : 1; }
  int ListRows() const { return (content_.matters_size() + ListColumns() - 1) / ListColumns(); }

  // Cards side by side; gives where they end.
  double People(double top, double room) {
    const int count = content_.inspectors_size();
    const int columns = count == 1 ? 1 : 2;
    const int rows = (count + columns - 1) / columns;
    const double most = count == 1 ? 196 : 168;
    const double height = rows == 0 ? 0 : std::min(most * u_, room / rows - kGap * u_);
    const double width = (Usable() - (columns - 1) * kGap * u_) / columns;
    for (int i = 0; i < count; ++i) {
      Card(content_.inspectors(i), {Left() + (i % columns) * (width + kGap * u_),
                                    top + (i / columns) * (height + kGap * u_), width, height});
    }
    return top + rows * (height + kGap * u_);
  }

  void Card(const v1::PlaqueInspector& person, const Box& box) {
    document_.Fill(box, kPale, 6 * u_);
    const double inset = 10 * u_;
    const double tall = box.height - 2 * inset;
    const Box photo = {box.x + inset, box.y + inset, std::min(tall * 5 / 7, box.width * 0.38), tall};
    const auto portrait = page_.portraits->find(person.portrait_sha256());
    if (portrait != page_.portraits->end()) {
      document_.Place(photo, portrait->second, Document::Fit::kFill);
    } else {
      TextStyle none = Style(16, kGrey);
      none.align = Align::kCentre;
      none.stand = Stand::kMiddle;
      document_.Text(photo, "照片", none);
    }
    document_.Frame(photo, kBlue, 0.8 * u_);
    const double x = photo.x + photo.width + 16 * u_;
    const Box lines = {x, photo.y, box.x + box.width - inset - x, photo.height};
    const auto line = [&](double from, double part, const std::string& text, TextStyle style,
                          bool one_line = true) {
      style.one_line = one_line;
      style.stand = Stand::kMiddle;
      style.leading = 1.1;
      document_.Text({lines.x, lines.y + from * lines.height, lines.width, part * lines.height}, text, style);
    };
    // As large as the card allows: one card is wider than two.
    const double scale = lines.height / (176 * u_);
    line(0, 0.2, person.assisting() ? "协助督学" : "责任督学", Style(21 * scale, kBlue, true));
    line(0.2, 0.34, person.display_name(), Style(44 * scale, print::kBlack, true), NeedsOneLine(person));
    line(0.56, 0.2, "工号 " + person.work_number(), Style(23 * scale, print::kBlack));
    line(0.78, 0.22, "电话 " + person.phone(), Style(26 * scale, print::kBlack, true));
  }

  // Short names are not torn apart; long ones are set in two lines rather than small.
  static bool NeedsOneLine(const v1::PlaqueInspector& person) {
    constexpr size_t kShort = 3 * 6;  // bytes of six Chinese characters
    return person.display_name().size() <= kShort;
  }

  void Matters(double top, double bottom) {
    TextStyle title = Style(28, kBlue, true);
    title.stand = Stand::kMiddle;
    title.one_line = true;
    const double head = kListHead * u_;
    document_.Fill({Left(), top + 8 * u_, 6 * u_, head - 16 * u_}, kBlue);
    document_.Text({Left() + 16 * u_, top, Usable(), head}, content_.kindergarten() ? "督导职责" : "督导事项",
                   title);
    const int count = content_.matters_size();
    if (count == 0) return;
    const double room = bottom - top - head - kGap * u_;
    const double row = std::min(room / ListRows(), 62 * u_);
    const double column = Usable() / ListColumns();
    for (int i = 0; i < count; ++i) {
      Matter(i + 1, content_.matters(i).display_name(),
             {Left() + (i / ListRows()) * column, top + head + (i % ListRows()) * row, column, row});
    }
  }

  void Matter(int number, const std::string& text, const Box& box) {
    const double side = std::min(box.height * 0.72, 34 * u_);
    const Box mark = {box.x, box.y + (box.height - side) / 2, side, side};
    document_.Fill(mark, kBlue, side / 2);
    TextStyle digit = Style(0, print::kWhite, true);
    digit.size = side * 0.6;
    digit.align = Align::kCentre;
    digit.stand = Stand::kMiddle;
    digit.one_line = true;
    document_.Text(mark, std::to_string(number), digit);
    TextStyle style = Style(26, print::kBlack);
    style.stand = Stand::kMiddle;
    style.leading = 1.15;
    style.size = std::min(style.size, box.height * 0.74);
    const double x = box.x + side + 12 * u_;
    document_.Text({x, box.y, box.x + box.width - x, box.height}, text, style);
  }

  absl::Status Footer(double top) {
    document_.Fill({Left(), top, Usable(), 1.2 * u_}, kBlue);
    const double side = (kFooter - 44) * u_;
    const Box code = {Left() + Usable() - side, top + 10 * u_, side, side};
    TextStyle caption = Style(15, kGrey);
    caption.align = Align::kCentre;
    caption.stand = Stand::kMiddle;
    caption.one_line = true;
    if (page_.qr.empty()) {
      Sample(code);
    } else {
      RETURN_IF_ERROR(document_.QrCode(code, page_.qr));
      document_.Text({code.x - 10 * u_, code.y + side, side + 20 * u_, 22 * u_}, "扫码查看公示信息", caption);
    }
    const double width = code.x - Left() - kGap * u_;
    const auto line = [&](double from, double height, const std::string& text, TextStyle style) {
      style.one_line = true;
      style.stand = Stand::kMiddle;
      document_.Text({Left(), top + from * u_, width, height * u_}, text, style);
    };
    line(14, 28, "教育督导室监督电话", Style(20, kGrey));
    line(42, 44, content_.supervision_phone(), Style(36, print::kBlack, true));
    line(92, 30, "制发单位：" + content_.issuer(), Style(21, print::kBlack));
    line(122, 26, Dated(), Style(17, kGrey));
    return absl::OkStatus();
  }

  // "2026年3月2日  示教督〔2026〕3号  第1版".
  std::string Dated() const {
    const auto& day = plaque_.approve_date();
    if (!resource::IsSet(day)) return "未审定";
    std::string text = std::to_string(day.year()) + "年" + std::to_string(day.month()) + "月" +
                       std::to_string(day.day()) + "日";
    if (!plaque_.document_number().empty()) text += "  " + plaque_.document_number();
    return text + "  第" + std::to_string(plaque_.version()) + "版";
  }

  void Sample(const Box& code) {
    document_.Frame(code, kSample, 1.5 * u_);
    TextStyle mark = Style(21, kGrey, true);
    mark.align = Align::kCentre;
    mark.stand = Stand::kMiddle;
    document_.Text(code, "样稿\n审定后生成\n二维码", mark);
  }

  const PlaquePage& page_;
  const v1::Plaque& plaque_;
  const v1::PlaqueContent& content_;
  Document& document_;
  const double width_, height_;
  const double u_;
};

}  // namespace

absl::Status DrawPlaque(const PlaquePage& page, print::Document* document) {
  return Painter(page, document).Draw();
}

}  // namespace inspectorate::registry
