package org.capemu.emulator.diff;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;
import java.io.PrintStream;
import org.capemu.emulator.dump.RecordText;

/**
 * One object a line for each difference: {@code {"difference": "kernel", "kernel": {...}}}, with
 * {@code kernel} for a record of the first trace alone, {@code emulated} for one of the second,
 * {@code changed} with both.
 */
final class JsonDifferences implements DifferenceSink {
  private static final String LEFT = "kernel";
  private static final String RIGHT = "emulated";

  private final JsonGenerator json;
  private final RecordText records = new RecordText(false);
  private long count;

  JsonDifferences(PrintStream out) throws IOException {
    json = new JsonFactory().createGenerator(out);
    json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
    json.configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);
    json.enable(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature());
  }

  @Override
  public void onlyLeft(Entry left) throws IOException {
    begin(LEFT);
    write(LEFT, left);
    json.writeEndObject();
  }

  @Override
  public void onlyRight(Entry right) throws IOException {
    begin(RIGHT);
    write(RIGHT, right);
    json.writeEndObject();
  }

  @Override
  public void changed(Entry left, Entry right) throws IOException {
    begin("changed");
    write(LEFT, left);
    write(RIGHT, right);
    json.writeEndObject();
  }

  private void begin(String kind) throws IOException {
    count++;
    json.writeStartObject();
    json.writeStringField("difference", kind);
  }

  private void write(String side, Entry entry) throws IOException {
    json.writeObjectFieldStart(side);
    json.writeNumberField("record", entry.number());
    json.writeNumberField("offset", entry.offset());
    json.writeNumberField("pid", entry.record().pid());
    json.writeStringField("text", records.of(entry.record(), entry.svFlags()).strip());
    json.writeEndObject();
  }

  @Override
  public long end(String left, String right) throws IOException {
    if (count > 0) {
      json.writeRaw('\n');
    }
    json.flush();
    return count;
  }

  @Override
  public void close() throws IOException {
    json.close();
  }
}
