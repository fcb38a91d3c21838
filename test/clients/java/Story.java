import io.openlineage.client.Clients;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.ColumnLineageDatasetFacetFieldsAdditional;
import io.openlineage.client.OpenLineage.DatasetFacets;
import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.client.OpenLineage.Job;
import io.openlineage.client.OpenLineage.OutputDataset;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.OpenLineage.RunFacets;
import io.openlineage.client.OpenLineageClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.UUID;

/**
 * Story NAMESPACE: raw.orders -> clean -> orders -> report, whose last run fails; then a job and a
 * dataset that are only declared. The transport is what OPENLINEAGE_CONFIG says. A producer that
 * cannot deliver an event ends with an exception, and so does this program.
 */
public final class Story {
  private static final ZonedDateTime START = ZonedDateTime.of(2026, 1, 5, 8, 0, 0, 123_456_000, ZoneOffset.UTC);

  private final OpenLineage ol = new OpenLineage(URI.create("https://example.org/java"));
  private final String space;

  private Story(String space) {
    this.space = space;
  }

  public static void main(String[] args) throws Exception {
    try (OpenLineageClient client = Clients.newClient()) {
      new Story(args[0]).tell(client);
    }
  }

  private void tell(OpenLineageClient client) {
    client.emit(run("clean", EventType.START, 0, parent(), List.of(raw()), List.of()));
    client.emit(run("clean", EventType.RUNNING, 1, parent(), List.of(), List.of()));
    client.emit(run("clean", EventType.COMPLETE, 2, parent(), List.of(raw()), List.of(orders())));
    client.emit(run("report", EventType.START, 3, facets().build(), List.of(input("orders")), List.of()));
    client.emit(run("report", EventType.FAIL, 4, failure(), List.of(), List.of()));
    client.emit(ol.newJobEvent(at(5), job("forecast"), List.of(input("orders")), List.of(output("forecasts"))));
    client.emit(ol.newDatasetEvent(at(6), ol.newStaticDataset(space, "forecasts", documented("What will be ordered."))));
  }

  private ZonedDateTime at(int minute) {
    return START.plusMinutes(minute);
  }

  private UUID id(String name) {
    return UUID.nameUUIDFromBytes((space + "/" + name).getBytes(StandardCharsets.UTF_8));
  }

  private RunEvent run(String name, EventType type, int minute, RunFacets facets, List<InputDataset> inputs,
      List<OutputDataset> outputs) {
    return ol.newRunEvent(at(minute), type, ol.newRun(id(name), facets), job(name), inputs, outputs);
  }

  private Job job(String name) {
    return ol.newJobBuilder().namespace(space).name(name)
        .facets(ol.newJobFacetsBuilder().sql(ol.newSQLJobFacetBuilder().query("SELECT * FROM " + name).dialect("ansi").build()).build())
        .build();
  }

  private OpenLineage.RunFacetsBuilder facets() {
    return ol.newRunFacetsBuilder();
  }

  private RunFacets parent() {
    return facets()
        .parent(ol.newParentRunFacet(ol.newParentRunFacetRun(id("nightly"), null), ol.newParentRunFacetJob(space, "nightly", null), null))
        .build();
  }

  private RunFacets failure() {
    return facets().errorMessage(ol.newErrorMessageRunFacet("out of memory", "JAVA", "at Report.main")).build();
  }

  private InputDataset input(String name) {
    return ol.newInputDataset(space, name, null, null);
  }

  private OutputDataset output(String name) {
    return ol.newOutputDataset(space, name, null, null);
  }

  private DatasetFacets documented(String text) {
    return ol.newDatasetFacetsBuilder().documentation(ol.newDocumentationDatasetFacetBuilder().description(text).build()).build();
  }

  private InputDataset raw() {
    return ol.newInputDataset(space, "raw.orders",
        ol.newDatasetFacetsBuilder().schema(ol.newSchemaDatasetFacetBuilder()
            .fields(List.of(ol.newSchemaDatasetFacetFieldsBuilder().name("price").type("DECIMAL").description("net").build())).build()).build(),
        ol.newInputDatasetInputFacetsBuilder().inputStatistics(
            ol.newInputStatisticsInputDatasetFacetBuilder().rowCount(12L).size(640L).build()).build());
  }

  private OutputDataset orders() {
    ColumnLineageDatasetFacetFieldsAdditional price = ol.newColumnLineageDatasetFacetFieldsAdditionalBuilder()
        .inputFields(List.of(ol.newInputField(space, "raw.orders", "price",
            List.of(ol.newInputFieldTransformations("DIRECT", "TRANSFORMATION", "with tax", false)))))
        .build();
    return ol.newOutputDataset(space, "orders",
        ol.newDatasetFacetsBuilder()
            .schema(ol.newSchemaDatasetFacetBuilder()
                .fields(List.of(ol.newSchemaDatasetFacetFieldsBuilder().name("gross").type("DECIMAL").build())).build())
            .columnLineage(ol.newColumnLineageDatasetFacetBuilder()
                .fields(ol.newColumnLineageDatasetFacetFieldsBuilder().put("gross", price).build()).build())
            .build(),
        ol.newOutputDatasetOutputFacetsBuilder().outputStatistics(
            ol.newOutputStatisticsOutputDatasetFacetBuilder().rowCount(12L).size(700L).build()).build());
  }
}
