#pragma once
#include <bmes/v4_decode.hpp>
#include <bmes/v4_file.hpp>
#include <bmes/v4_open.hpp>
#include <bmes/v4_validate.hpp>

// Reading version 4: v4::file.
