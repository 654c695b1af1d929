/**
 * The C functions and structs that capemu calls, declared for JNR-FFI, one package for each kernel.
 * Nothing is decided here.
 */
package org.capemu.nativestubs;
