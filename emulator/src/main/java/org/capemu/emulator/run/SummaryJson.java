package org.capemu.emulator.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;
import org.capemu.emulator.cli.Charsets;
import org.capemu.emulator.dump.KernelNames;

/**
 * The summary as one JSON object. The module's README lists its fields; {@link #VERSION} grows when
 * one of them changes its meaning or goes, not when one is added.
 */
final class SummaryJson {
  static final int VERSION = 1;

  private final JsonGenerator json;

  private SummaryJson(JsonGenerator json) {
    this.json = json;
  }

  /** The object, in several lines, with a line end. */
  static String of(Summary summary, RunEnd end) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      new SummaryJson(json).put(summary, end);
    } catch (IOException e) {
      throw new AssertionError(e); // a string takes all
    }
    return text + "\n";
  }

  private void put(Summary summary, RunEnd end) throws IOException {
    json.writeStartObject();
    json.writeNumberField("version", VERSION);
    putText("trace", end.trace());
    json.writeBooleanField("appended", end.appended());
    json.writeBooleanField("ended", !end.early());
    json.writeBooleanField("complete", !summary.isIncomplete());
    putText("moment", end.moment());
    json.writeBooleanField("reached", end.reached());
    json.writeNumberField("violations", summary.ofProgram());
    putPlaces(summary, Place.Part.OWN);
    putPart(summary, "startUp", Place.Part.START_UP);
    putPart(summary, "linuxOnly", Place.Part.LINUX_ONLY);
    json.writeArrayFieldStart("undecided");
    for (Map.Entry<String, Long> undecided : summary.undecided().entrySet()) {
      json.writeStartObject();
      json.writeNumberField("calls", undecided.getValue());
      putText("reason", undecided.getKey());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeObjectFieldStart("untraced");
    json.writeNumberField("processes", end.untraced().count());
    json.writeArrayFieldStart("programs");
    for (String program : end.untraced().programs()) {
      json.writeString(Charsets.decode(program));
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeArrayFieldStart("notSeen");
    for (String sentence : end.unseen()) {
      json.writeString(Charsets.decode(sentence));
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void putPart(Summary summary, String field, Place.Part part) throws IOException {
    json.writeObjectFieldStart(field);
    json.writeNumberField("violations", summary.count(part));
    putPlaces(summary, part);
    json.writeEndObject();
  }

  private void putPlaces(Summary summary, Place.Part part) throws IOException {
    json.writeArrayFieldStart("places");
    for (Map.Entry<Place, Subjects> place : summary.of(part)) {
      for (Map.Entry<Subject, Subjects.Tally> name : place.getValue().tallies().entrySet()) {
        putPlace(place.getKey(), name.getKey(), name.getValue());
      }
    }
    json.writeEndArray();
    json.writeNumberField(
        "notToldApart",
        summary.places().elsewhere(part).values().stream().mapToLong(Long::longValue).sum());
  }

  private void putPlace(Place place, Subject subject, Subjects.Tally tally) throws IOException {
    json.writeStartObject();
    json.writeNumberField("count", tally.count);
    putText("program", place.program());
    json.writeBooleanField("child", place.isChild());
    putText("call", place.call());
    if (!subject.text().isEmpty() || subject.isFolded()) {
      putText(subject.isPath() ? "path" : "name", subject.text() + (subject.isFolded() ? "*" : ""));
    }
    if (subject.isFolded()) {
      json.writeNumberField("names", tally.names);
      json.writeBooleanField("orMore", tally.orMore);
    }
    putText("kind", place.kind());
    if (!place.detail().isEmpty()) {
      putText("detail", place.detail());
    }
    json.writeNumberField("errno", place.errno());
    putText("error", KernelNames.error(place.errno()));
    putText("instead", place.instead());
    json.writeEndObject();
  }

  private void putText(String field, String text) throws IOException {
    if (text != null) {
      json.writeStringField(field, Charsets.decode(text));
    }
  }
}
