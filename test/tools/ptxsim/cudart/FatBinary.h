// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The PTX texts within the container that nvcc puts into host objects.

#ifndef TEST_TOOLS_PTXSIM_CUDART_FATBINARY_H
#define TEST_TOOLS_PTXSIM_CUDART_FATBINARY_H

#include <string>
#include <string_view>

namespace ptxsim {

/// The newest PTX of `image` for compute_XX with XX <= `arch` (80 for sm_80).
/// \param image points to the header (magic 0xBA55ED50).
/// \return an empty view if there is none; `error` then says what there is.
std::string_view findPtx(const void *image, int arch, std::string &error);

} // namespace ptxsim

#endif
