// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vocabulary of one instruction set at one vector width: the verbs loop
// nests are written in. A verb returns an expression of the emitted language;
// the few that need statements write a small inline function once per file
// (`helpers`) and return a call to it. All arithmetic is exact, so every
// schedule gives the same bytes whichever row of this vocabulary it speaks.

#ifndef QUENCH_CODEGEN_KERNELS_ISA_ISA_H
#define QUENCH_CODEGEN_KERNELS_ISA_ISA_H

#include "codegen/kernels/CppWriter.h"

#include <string>
#include <string_view>
#include <vector>

namespace quench::kernels {

/// Order of channels over the accumulators handed to requantize().
enum class LaneOrder {
  /// Vector j holds channels [j * lanes, (j + 1) * lanes).
  Natural,
  /// Every 128-bit part L of vector j holds four channels, from
  /// 4 * (L * interleavedVectors() + j) on, such that packing with saturation,
  /// which works inside parts, gives natural bytes; the order interleaveTaps()
  /// makes.
  Interleaved,
};

class Isa {
public:
  virtual ~Isa() = default;

  // Shape.
  std::string_view level() const { return levelName; }
  int vectorBytes() const { return bytes; }
  /// int32 accumulators in a vector.
  int lanes() const { return bytes / 4; }
  /// Products one dot adds to each accumulator.
  virtual int kr() const = 0;
  /// Products of one channel that lie side by side in a vector of weights, a
  /// divisor of kr(): the vector has so many of each of its channels, then the
  /// next ones of each.
  virtual int productRun() const { return kr(); }
  /// Weights beyond +-this may overflow in a dot.
  virtual int largestWeight() const { return 128; }
  /// Added to activations by loadA() and interleaveTaps().
  virtual int biasA() const = 0;
  /// Bytes of one activation as loadA() wants it (2: widened to int16).
  int activationBytes() const { return kr() == 2 ? 2 : 1; }
  /// Of the activations of one dot.
  int stepBytes() const { return kr() * activationBytes(); }
  /// Bytes of one code in memory: 2 in the vocabulary of 16-bit codes.
  int inputBytes() const { return codeSize; }
  /// The same vocabulary at another width of the level.
  virtual const Isa &atWidth(int vectorBytes) const;
  /// The same with a requantize() for results that Kernel::near describes.
  virtual const Isa &nearResults() const { return *this; }
  /// The same with dots of so many products if the level has them besides, else
  /// this one.
  virtual const Isa &withProducts(int) const { return *this; }
  /// Accumulator vectors of one channel block of a depthwise kernel, and so of
  /// one requantize() in interleaved order.
  int interleavedVectors() const { return kr(); }
  /// Largest number of vectors one requantize() in natural order takes.
  virtual int naturalVectors() const = 0;

  // Types.
  virtual std::string intVector() const = 0;
  virtual std::string floatVector() const = 0;
  /// What dot() multiplies: rows of codes, taps, weights.
  virtual std::string operandVector() const { return intVector(); }
  /// What loadA() gives.
  virtual std::string activationVector() const { return operandVector(); }
  /// 2 * lanes() numbers of 16 bits.
  virtual std::string wordsVector() const { return intVector(); }
  /// `QUENCH_<LEVEL>`: the macro with the target attribute.
  std::string attributeMacro() const;
  /// `name_<level>[_s16][_<bits>]`: helpers of this file.
  std::string helper(std::string_view name) const;

  // Whole vectors.
  virtual std::string zeroAcc() const = 0;
  virtual std::string splat(std::string_view int32) const = 0;
  virtual std::string splatFloat(std::string_view value) const = 0;
  virtual std::string loadAcc(std::string_view pointer) const = 0; // int32
  virtual std::string storeAcc(std::string_view pointer,
                               std::string_view value) const = 0;
  virtual std::string add(std::string_view a, std::string_view b) const = 0;
  virtual std::string subtract(std::string_view a,
                               std::string_view b) const = 0;
  virtual std::string multiply(std::string_view a,
                               std::string_view b) const = 0;
  /// Arithmetic.
  virtual std::string shiftRight(std::string_view a, int count) const = 0;
  virtual std::string shiftLeft(std::string_view a, int count) const = 0;
  /// lanes() codes of 8 or 16 bits as int32.
  virtual std::string widen(std::string_view pointer, int bits = 8) const = 0;
  /// lanes() unsigned numbers of 16 bits as int32.
  virtual std::string widenLow(std::string_view pointer) const = 0;
  /// Whole vector of bytes, aligned or not.
  virtual std::string loadBytes(std::string_view pointer) const = 0;
  virtual std::string storeBytes(std::string_view pointer,
                                 std::string_view value) const = 0;
  /// A statement that asks for the line at `pointer` in L2; empty where nobody
  /// has measured what that gains.
  virtual std::string prefetch(std::string_view) const { return ""; }
  virtual std::string splatByte(std::string_view code) const = 0;
  virtual std::string maxBytes(std::string_view a,
                               std::string_view b) const = 0;
  /// Of every byte of `stored`: ((byte >> shift) & mask) - half.
  virtual std::string bitsOfBytes(std::string_view stored, int shift,
                                  std::string_view mask,
                                  std::string_view half) const = 0;

  /// "and", "or" or "andnot" of whole vectors.
  virtual std::string bitwise(std::string_view operation, std::string_view a,
                              std::string_view b) const = 0;
  /// Channels whose codes of one step scaleCodes() multiplies at once.
  virtual int scaledChannels() const = 0;
  /// Declares `name`: the multipliers of so many channels at `pointer`, each as
  /// often as scaleCodes() wants it.
  virtual void declareMultipliers(CppWriter &writer, std::string_view name,
                                  std::string_view pointer) const = 0;

  /// Declares what scaleCodes() needs.
  virtual void declareScale(CppWriter &) const {}
  /// Every byte of `codes` times its multiplier, modulo 2^8.
  virtual std::string scaleCodes(CppWriter &writer, std::string_view codes,
                                 std::string_view multipliers) const = 0;
  /// How, for the emitted comment; may be empty.
  virtual std::string scaleComment() const { return ""; }

  // Dot products.
  /// Statement declaring the constant loadA() needs, `sign`; may be empty.
  virtual std::string declareSign() const = 0;
  /// kr() activations at `pointer`, in every lane.
  virtual std::string loadA(std::string_view pointer) const = 0;
  /// Whether loadA() takes `pointer + k` as easily as a pointer.
  virtual bool loadsAIndexed() const { return true; }
  /// One vector of packed weights; the next is loadBBytes() further.
  virtual std::string loadB(std::string_view pointer) const = 0;
  int loadBBytes() const { return lanes() * kr(); }
  /// loadB() of a vector of which `channels` (an expression) are stored; the
  /// statement before it declares what it needs. Without masks it reads on to
  /// the end of the vector, and the other lanes have what lies there.
  virtual std::string declareLastB(std::string_view) const { return ""; }
  /// The type of weights for dot(), of the last vector or of others.
  virtual std::string weightsVector(bool) const { return operandVector(); }
  virtual std::string loadLastB(std::string_view pointer) const {
    return loadB(pointer);
  }
  virtual std::string dot(std::string_view acc, std::string_view a,
                          std::string_view b) const = 0;
  /// Statements that add to each of `accs` its dot with one activation vector
  /// and its own weights, the last of them as loadLastB() gives them.
  virtual void dots(CppWriter &writer, const std::vector<std::string> &accs,
                    std::string_view a,
                    const std::vector<std::string> &weights) const;
  /// Statements that add to each of `accs` the dot of its own taps (takeTaps())
  /// with its own weights.
  virtual void dotsOfTaps(CppWriter &writer,
                          const std::vector<std::string> &accs,
                          const std::vector<std::string> &taps,
                          const std::vector<std::string> &weights) const;
  /// Steps, of kr() activations each, that one vector of loadBytes() has for
  /// dotLane(); 0 where there is none.
  virtual int laneSteps() const { return 0; }
  /// dot() with step number `lane` of the activations `a`.
  virtual std::string dotLane(std::string_view acc, std::string_view a,
                              std::string_view b, int lane) const;
  /// The same of half a vector of activations; empty type: there is none.
  virtual std::string halfOperand() const { return ""; }
  virtual std::string loadHalfBytes(std::string_view pointer) const;
  virtual std::string dotHalfLane(std::string_view acc, std::string_view a,
                                  std::string_view b, int lane) const;

  // Products of two pixels at once. Two accumulators, a first and a second one,
  // have the sums of two pixels, each for half of the channels.
  virtual bool pairsPixels() const { return false; }
  /// Declares `starts` and `muls`, of so many vectors of biases at `bias` and
  /// multipliers at `mul`: two vectors of each, for the first and the second
  /// accumulator of a pair.
  virtual void declarePairChannels(CppWriter &, std::string_view,
                                   std::string_view, int) const {}
  /// Type of the results of a vector of channels of two pixels, and those of
  /// two accumulators, with multipliers at `mul`.
  virtual std::string pairWordsVector() const { return wordsVector(); }
  virtual std::string pairWords(std::string_view first, std::string_view second,
                                std::string_view mul) const;
  /// Type of the codes of two pixels, and those of all `words`. Of one of them.
  virtual std::string pairCodesVector() const { return intVector(); }
  virtual std::string pairCodes(const std::vector<std::string> &words) const;
  virtual std::string codesOfPair(std::string_view codes, bool second) const;
  /// kr() activations of each of two pixels.
  virtual std::string loadAPair(std::string_view first,
                                std::string_view second) const;
  /// The same of vectors of twice as many activations of each: the first, or
  /// the second half of them.
  virtual std::string pairOf(std::string_view first, std::string_view second,
                             bool secondHalf) const;
  virtual std::string dotPair(std::string_view acc, std::string_view a,
                              std::string_view b, bool second) const;

  // Vectors of 2 * lanes() numbers of 16 bits, arithmetic modulo 2^16.
  virtual std::string addWords(std::string_view a,
                               std::string_view b) const = 0;
  virtual std::string subtractWords(std::string_view a,
                                    std::string_view b) const = 0;
  virtual std::string shiftLeftWords(std::string_view a, int count) const = 0;
  virtual std::string splatWord(std::string_view code) const = 0;
  virtual std::string multiplyWords(std::string_view a,
                                    std::string_view b) const = 0;
  virtual std::string maxWords(std::string_view a,
                               std::string_view b) const = 0;
  /// 2 * lanes() codes of 8 bits; `partial`: the first of them, others zero and
  /// not read, after declareKeepWords().
  virtual std::string loadWords(std::string_view pointer,
                                bool partial) const = 0;
  virtual std::string declareKeepWords(std::string_view count) const = 0;
  /// The same of codes of which two belong to each channel: as weights of
  /// dotWords().
  virtual std::string loadWordPairs(std::string_view pointer,
                                    bool partial) const {
    return loadWords(pointer, partial);
  }
  /// A vector of words, and back.
  virtual std::string loadWordVector(std::string_view pointer) const {
    return loadBytes(pointer);
  }
  virtual std::string storeWordVector(std::string_view pointer,
                                      std::string_view value) const {
    return storeBytes(pointer, value);
  }
  /// The two words at `pointer`, as activations of dotWords().
  virtual std::string splatWordPair(std::string_view pointer) const {
    return splat("load_s32(" + std::string(pointer) + ")");
  }
  /// Adds the products of two words to each accumulator.
  virtual std::string dotWords(std::string_view acc, std::string_view a,
                               std::string_view b) const {
    return dot(acc, a, b);
  }
  /// Whether dotWordsLane() exists.
  virtual bool hasWordLanes() const { return false; }
  /// dotWords() with the pair number `lane` of the lanes() pairs of `a`.
  virtual std::string dotWordsLane(std::string_view acc, std::string_view a,
                                   std::string_view b, int lane) const;

  /// A statement that asks for `value` in a register here: else GCC 12 stores
  /// every accumulator of a large tile at every step.
  std::string keepInRegister(std::string_view value) const {
    return "__asm__(\"\" : \"+" + std::string(registerConstraint()) + "\"(" +
           std::string(value) + "));";
  }
  /// Of inline assembly: a vector register.
  virtual std::string_view registerConstraint() const = 0;

  // Taps of a depthwise convolution.
  /// Channels one loadRow() brings: interleavedVectors() * lanes().
  int rowChannels() const { return interleavedVectors() * lanes(); }
  /// Whether partial loads are one instruction; others take a trip through
  /// memory.
  bool hasMasks() const {
    return loadRow("x", true).find("mask") != std::string::npos;
  }
  /// rowChannels() codes, ready for interleaveTaps; `count` of them when
  /// `partial`, the others zero and not read. `keep` is declareKeep()'s mask.
  virtual std::string loadRow(std::string_view pointer, bool partial) const = 0;
  /// rowChannels() copies of one code, as loadRow() gives them.
  virtual std::string splatRow(std::string_view code) const = 0;
  virtual std::string zeroRow() const { return zeroAcc(); }
  /// Statement declaring `keep`, what partial loads and stores of `count`
  /// channels need; may be empty.
  virtual std::string declareKeep(std::string_view count) const = 0;
  /// Stores kr() rows interleaved, rowChannels() * 4 bytes, at `pointer`.
  std::string interleaveTaps(std::string_view pointer,
                             const std::vector<std::string> &rows) const;
  /// The same into the array of vectors `array`.
  std::string takeTaps(std::string_view array,
                       const std::vector<std::string> &rows) const;
  /// Rows of outputs that a sliding depthwise kernel of stride 1 computes
  /// together: as many as leave their weights in registers.
  virtual int slidingRows() const { return 2; }
  /// Whether shiftTaps() exists.
  virtual bool canShiftTaps() const { return false; }
  /// Taps one row further down: each dot's first one is gone, its last one does
  /// not count.
  virtual std::string shiftTaps(std::string_view taps) const {
    return std::string(taps);
  }
  /// The weights of one tap, rowChannels() s8 codes whatever the input has, as
  /// loadRow() brings codes.
  virtual std::string loadWeightRow(std::string_view pointer,
                                    bool partial) const {
    return loadRow(pointer, partial);
  }
  /// kr() rows of weights into `array`, as the B of dot() with the taps that
  /// takeTaps() gives.
  std::string takeWeights(std::string_view array,
                          const std::vector<std::string> &rows) const;
  /// One vector interleaveTaps() stored, as the A of dot().
  std::string loadTaps(std::string_view pointer) const {
    return loadBytes(pointer);
  }

  // Output stage.
  /// Declares the constants of requantize(): `low`, `high`, `zero` from a
  /// qrt_output expression.
  virtual void declareOutput(CppWriter &writer, std::string_view out) const = 0;
  /// Bytes of `accs` requantized with the multipliers at `mul`, channels in
  /// natural order; the low accs.size() * lanes() bytes count.
  virtual std::string requantize(const std::vector<std::string> &accs,
                                 std::string_view mul, LaneOrder order) const;
  /// For several pixels: declares what mulsOf() names, of so many vectors of
  /// multipliers at `pointer`.
  virtual void declareMuls(CppWriter &, std::string_view, int) const {}
  /// The multipliers of the vectors from number `first` on, for requantize().
  virtual std::string mulsOf(std::string_view pointer, int first) const;
  /// Type of requantize()'s value.
  virtual std::string codeVector(LaneOrder order) const = 0;
  /// Stores the low `count` bytes of requantize()'s value; `count` is one of
  /// the sizes requantize() gives.
  virtual std::string storeCodes(std::string_view pointer,
                                 std::string_view value, int count,
                                 LaneOrder order) const = 0;
  /// Stores the first `count` (an expression) bytes.
  virtual std::string storePartialCodes(std::string_view pointer,
                                        std::string_view value,
                                        std::string_view count,
                                        LaneOrder order) const = 0;

  /// The value of requantize(), natural order, plus the codes `other`,
  /// requantized as declareAdd() was told. `vectors` accumulators made the
  /// value.
  std::string addCodes(int vectors, std::string_view value,
                       std::string_view other) const;
  /// Whether the residuals of a tile are loaded before its codes are stored,
  /// which may go where they are: a load waits for stores so near to it.
  virtual bool loadsResidualsFirst() const { return true; }
  /// Whether whole tiles, inside the picture and without residuals, have code
  /// of their own, without a branch: where branches and copies cost as much as
  /// other operations.
  virtual bool separatesWholeTiles() const { return false; }
  /// The first `count` bytes at `pointer` as such a value, the others zero and
  /// not read.
  virtual std::string loadPartialCodes(std::string_view pointer,
                                       std::string_view count) const = 0;
  /// Declares the constants of addCodes(), `add`, from a pointer to a qrt_add.
  void declareAdd(CppWriter &writer, std::string_view p) const;

  // Output stage of 16-bit codes, whose zero point is 0. One vector in natural
  // order gives lanes() words, two in interleaved order 2 * lanes().
  /// Declares the constants of requantizeWords(): `high`, `low`.
  virtual void declareWordOutput(CppWriter &writer,
                                 std::string_view out) const = 0;
  std::string requantizeWords(const std::vector<std::string> &accs,
                              std::string_view mul) const;
  /// Type of its value for `count` accumulators.
  virtual std::string wordVector(int count) const = 0;
  virtual std::string storeWords(std::string_view pointer,
                                 std::string_view value, int count) const = 0;
  /// Stores the first `words` (an expression) codes.
  std::string storePartialWords(std::string_view pointer,
                                std::string_view value, int count,
                                std::string_view words) const;

  /// Stores the first `words` codes of a block of rowChannels(), as bytes at
  /// `pointer`; `values` are those of requantizeWords() for each pair of
  /// accumulators in interleaved order.
  std::string storeTapWords(std::string_view pointer,
                            const std::vector<std::string> &values,
                            std::string_view words) const;

  // Between real numbers and codes, and tables; of `p`, x, y and i.
  /// Elements that quantizeStep() and dequantizeStep() take.
  virtual int borderStep() const = 0;
  /// Declares what quantizeStep() needs from a qrt_border.
  virtual void declareQuantize(CppWriter &writer) const = 0;
  /// y[i...] = the codes of x[i...].
  virtual void quantizeStep(CppWriter &writer, int bits) const = 0;
  virtual void declareDequantize(CppWriter &writer) const = 0;
  virtual void dequantizeStep(CppWriter &writer, int bits) const = 0;
  /// y[3 * j + c] = lines[16 * c + j] for 16 j, bytes; `lines` is aligned.
  virtual void interleaveThree(CppWriter &writer) const = 0;
  /// Bytes that lookUpStep() takes.
  virtual int tableStep() const = 0;
  /// How, for the emitted comment.
  virtual std::string_view tableMethod() const = 0;
  /// Declares what lookUpStep() needs from the 256 bytes of `table`.
  virtual void declareTable(CppWriter &writer) const = 0;
  /// y[i...] = table[x[i...] + 128].
  virtual void lookUpStep(CppWriter &writer) const = 0;

  /// Writes the inline functions behind the verbs. Widths of one level share a
  /// file, so each level writes all its widths.
  virtual void helpers(CppWriter &writer) const = 0;

  /// `(type *)pointer`, in parentheses where the pointer is a sum.
  static std::string cast(std::string_view type, std::string_view pointer);

protected:
  Isa(std::string_view level, int bytes, bool wideRegisters, int codeSize = 1)
      : levelName(level), bytes(bytes), codeSize(codeSize),
        wideRegisters(wideRegisters) {}
  std::string requantizeName(int count, LaneOrder order) const;
  /// The struct of declareAdd() and the function that fills it. `members`, in
  /// the order a_mul, b_mul, zeros, high, zero, low, scale.
  void addConstantsHelpers(CppWriter &writer,
                           const std::vector<std::string> &members) const;

  std::string levelName;
  int bytes;
  int codeSize;

private:
  /// More than one width in this level: names carry the bits.
  bool wideRegisters;
};

/// The vocabulary of `level` for codes of `codeBits` (8 or 16) at its full
/// width, or at `vectorBytes` (64, 32 or 16, not above the full width); nullptr
/// for "scalar" or an unknown level.
const Isa *findIsa(std::string_view level, int vectorBytes = 0,
                   int codeBits = 8);

/// One per level, in <Level>.cpp.
const Isa *avx2Isa(int vectorBytes);
const Isa *avxVnniIsa(int vectorBytes);
const Isa *avx512VnniIsa(int vectorBytes);
/// The same for 16-bit codes, in Words.cpp.
const Isa *wordsIsa(std::string_view level, int vectorBytes);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_ISA_ISA_H
