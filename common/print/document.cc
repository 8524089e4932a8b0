#include "common/print/document.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qrencode.h>

#include <algorithm>
#include <cmath>

namespace inspectorate::print {
namespace {

constexpr double kPointsOfMm = 72.0 / 25.4;
constexpr char kSans[] = "Noto Sans CJK SC";
constexpr char kSerif[] = "Noto Serif CJK SC";
constexpr double kSmallest = 1.0 / 3;  // of the size that was asked for
constexpr double kStep = 0.96;         // from try to try
constexpr int kQuiet = 4;              // modules of margin, ISO/IEC 18004

struct Unref {
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(PangoAttrList* list) const { pango_attr_list_unref(list); }
  void operator()(QRcode* code) const { QRcode_free(code); }
};
using Layout = std::unique_ptr<PangoLayout, Unref>;

cairo_status_t Append(void* to, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

PangoAlignment AlignmentOf(Align align) {
  switch (align) {
    case Align::kLeft:
      return PANGO_ALIGN_LEFT;
    case Align::kCentre:
      return PANGO_ALIGN_CENTER;
    case Align::kRight:
      break;
  }
  return PANGO_ALIGN_RIGHT;
}

}  // namespace

class Document::Impl {
 public:
  explicit Impl(const Heading& heading) {
    surface_ = cairo_pdf_surface_create_for_stream(Append, &bytes_, 100, 100);
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_TITLE, heading.title.c_str());
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_AUTHOR, heading.author.c_str());
    cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATE_DATE,
                                   (FormatDate(heading.date) + "T00:00:00+08:00").c_str());
    cairo_ = cairo_create(surface_);
  }
  ~Impl() { Close(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void BeginPage(double width, double height) {
    if (begun_) cairo_show_page(cairo_);
    begun_ = true;
    missing_ = cut_ = 0;
    cairo_pdf_surface_set_size(surface_, width * kPointsOfMm, height * kPointsOfMm);
    cairo_identity_matrix(cairo_);
    cairo_scale(cairo_, kPointsOfMm, kPointsOfMm);
  }

  void Outline(const Box& box, double radius) {
    if (radius <= 0) {
      cairo_rectangle(cairo_, box.x, box.y, box.width, box.height);
      return;
    }
    const double right = box.x + box.width, bottom = box.y + box.height;
    cairo_new_sub_path(cairo_);
    cairo_arc(cairo_, right - radius, box.y + radius, radius, -M_PI / 2, 0);
    cairo_arc(cairo_, right - radius, bottom - radius, radius, 0, M_PI / 2);
    cairo_arc(cairo_, box.x + radius, bottom - radius, radius, M_PI / 2, M_PI);
    cairo_arc(cairo_, box.x + radius, box.y + radius, radius, M_PI, 3 * M_PI / 2);
    cairo_close_path(cairo_);
  }

  void Use(Color color) {
    cairo_set_source_rgb(cairo_, (color.rgb >> 16 & 0xff) / 255.0, (color.rgb >> 8 & 0xff) / 255.0,
                         (color.rgb & 0xff) / 255.0);
  }

  void Fill(const Box& box, Color color, double radius) {
    Use(color);
    Outline(box, radius);
    cairo_fill(cairo_);
  }

  void Frame(const Box& box, Color color, double line, double radius) {
    Use(color);
    cairo_set_line_width(cairo_, line);
    Outline(box, radius);
    cairo_stroke(cairo_);
  }

  void Place(const Box& box, const Picture& picture, Fit fit) {
    // Only its size and its JPEG bytes reach the PDF: the pixels of the surface stay untouched.
    cairo_surface_t* image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture.width, picture.height);
    auto* copy = new std::string(picture.jpeg);
    cairo_surface_set_mime_data(
        image, CAIRO_MIME_TYPE_JPEG, reinterpret_cast<const unsigned char*>(copy->data()), copy->size(),
        [](void* owned) { delete static_cast<std::string*>(owned); }, copy);
    const double by_width = box.width / picture.width, by_height = box.height / picture.height;
    const double scale = fit == Fit::kWhole ? std::min(by_width, by_height) : std::max(by_width, by_height);
    cairo_save(cairo_);
    Outline(box, 0);
    cairo_clip(cairo_);
    cairo_translate(cairo_, box.x + (box.width - picture.width * scale) / 2,
                    box.y + (box.height - picture.height * scale) / 2);
    cairo_scale(cairo_, scale, scale);
    cairo_set_source_surface(cairo_, image, 0, 0);
    cairo_paint(cairo_);
    cairo_restore(cairo_);
    cairo_surface_destroy(image);
  }

  absl::Status QrCode(const Box& box, std::string_view content) {
    const std::unique_ptr<QRcode, Unref> code(
        QRcode_encodeString8bit(std::string(content).c_str(), 0, QR_ECLEVEL_M));
    if (code == nullptr) return absl::InvalidArgumentError("the QR code cannot hold this");
    Fill(box, kWhite, 0);
    Use(kBlack);
    const double side = std::min(box.width, box.height);
    const double module = side / (code->width + 2 * kQuiet);
    const double left = box.x + (box.width - side) / 2, top = box.y + (box.height - side) / 2;
    // One path: no hairlines between neighbours.
    for (int y = 0; y < code->width; ++y) {
      for (int x = 0; x < code->width; ++x) {
        if ((code->data[y * code->width + x] & 1) == 0) continue;
        cairo_rectangle(cairo_, left + (x + kQuiet) * module, top + (y + kQuiet) * module, module, module);
      }
    }
    cairo_fill(cairo_);
    return absl::OkStatus();
  }

  double Text(const Box& box, std::string_view text, const TextStyle& style) {
    TextStyle fitting = style;
    Layout layout = Set(box.width, text, fitting);
    while (!Fits(layout.get(), box, style)) {
      fitting.size *= kStep;
      if (fitting.size < style.size * kSmallest) {
        ++cut_;
        break;
      }
      layout = Set(box.width, text, fitting);
    }
    missing_ += pango_layout_get_unknown_glyphs_count(layout.get());
    Draw(layout.get(), box, fitting);
    return fitting.size;
  }

  double HeightOf(double width, std::string_view text, const TextStyle& style) {
    return Extent(Set(width, text, style).get()).height;
  }

  absl::StatusOr<std::string> Finish() {
    Close();
    if (status_ != CAIRO_STATUS_SUCCESS) return absl::InternalError(cairo_status_to_string(status_));
    return std::move(bytes_);
  }

  int missing() const { return missing_; }
  int cut() const { return cut_; }

 private:
  Layout Set(double width, std::string_view text, const TextStyle& style) {
    Layout layout(pango_cairo_create_layout(cairo_));
    pango_context_set_language(pango_layout_get_context(layout.get()), pango_language_from_string("zh-cn"));
    const std::unique_ptr<PangoFontDescription, Unref> font(pango_font_description_new());
    pango_font_description_set_family_static(font.get(), style.serif ? kSerif : kSans);
    pango_font_description_set_weight(font.get(), style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    // Units of the page, which are millimetres: nothing of a screen's resolution.
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_alignment(layout.get(), AlignmentOf(style.align));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    if (!style.one_line) pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    const std::unique_ptr<PangoAttrList, Unref> attributes(pango_attr_list_new());
    pango_attr_list_insert(attributes.get(), pango_attr_line_height_new_absolute(
                                                 static_cast<int>(style.size * style.leading * PANGO_SCALE)));
    if (style.tracking != 0) {
      pango_attr_list_insert(
          attributes.get(),
          pango_attr_letter_spacing_new(static_cast<int>(style.size * style.tracking * PANGO_SCALE)));
    }
    pango_layout_set_attributes(layout.get(), attributes.get());
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
  }

  static Box Extent(PangoLayout* layout) {
    PangoRectangle logical;
    pango_layout_get_extents(layout, nullptr, &logical);
    return {.x = 0,
            .y = 0,
            .width = static_cast<double>(logical.width) / PANGO_SCALE,
            .height = static_cast<double>(logical.height) / PANGO_SCALE};
  }

  static bool Fits(PangoLayout* layout, const Box& box, const TextStyle& style) {
    const Box extent = Extent(layout);
    constexpr double kSlack = 1e-3;
    return extent.height <= box.height + kSlack && (!style.one_line || extent.width <= box.width + kSlack);
  }

  void Draw(PangoLayout* layout, const Box& box, const TextStyle& style) {
    const Box extent = Extent(layout);
    double x = box.x, y = box.y;
    if (style.one_line && style.align != Align::kLeft) {
      const double room = box.width - extent.width;
      x += style.align == Align::kCentre ? room / 2 : room;
    }
    if (style.stand != Stand::kTop) {
      const double room = box.height - extent.height;
      y += style.stand == Stand::kMiddle ? room / 2 : room;
    }
    cairo_save(cairo_);
    Use(style.color);
    cairo_move_to(cairo_, x, y);
    pango_cairo_show_layout(cairo_, layout);
    cairo_restore(cairo_);
  }

  void Close() {
    if (cairo_ == nullptr) return;
    if (begun_) cairo_show_page(cairo_);
    status_ = cairo_status(cairo_);
    cairo_destroy(cairo_);
    cairo_ = nullptr;
    cairo_surface_finish(surface_);
    if (status_ == CAIRO_STATUS_SUCCESS) status_ = cairo_surface_status(surface_);
    cairo_surface_destroy(surface_);
  }

  std::string bytes_;
  cairo_surface_t* surface_ = nullptr;
  cairo_t* cairo_ = nullptr;
  cairo_status_t status_ = CAIRO_STATUS_SUCCESS;
  bool begun_ = false;
  int missing_ = 0;
  int cut_ = 0;
};

Document::Document(const Heading& heading) : impl_(std::make_unique<Impl>(heading)) {}
Document::~Document() = default;
void Document::BeginPage(double width, double height) { impl_->BeginPage(width, height); }
void Document::Fill(const Box& box, Color color, double radius) { impl_->Fill(box, color, radius); }
void Document::Frame(const Box& box, Color color, double line, double radius) {
  impl_->Frame(box, color, line, radius);
}
void Document::Place(const Box& box, const Picture& picture, Fit fit) { impl_->Place(box, picture, fit); }
absl::Status Document::QrCode(const Box& box, std::string_view content) {
  return impl_->QrCode(box, content);
}
double Document::Text(const Box& box, std::string_view text, const TextStyle& style) {
  return impl_->Text(box, text, style);
}
double Document::HeightOf(double width, std::string_view text, const TextStyle& style) {
  return impl_->HeightOf(width, text, style);
}
int Document::missing_characters() const { return impl_->missing(); }
int Document::cut_texts() const { return impl_->cut(); }
absl::StatusOr<std::string> Document::Finish() { return impl_->Finish(); }

}  // namespace inspectorate::print
