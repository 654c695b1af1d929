/** What all commands share: their errors, their streams, how they name a release. */
package org.capemu.emulator.cli;
